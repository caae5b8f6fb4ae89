import { Problem } from '../core/problem';
import type { IApi, IReply } from '../tokens';
import type { Json } from '../wire';
import { blank, type IOperation, type Obj, objectOf } from './contract';
import { indented } from './json';
import { target } from './snippets';
import { accepts } from './validator';

/** Arguments being tried at one endpoint, and what came back. */
export class Trial {
  constructor(
    public operation: IOperation,
    private readonly _service: string,
    private readonly _api: IApi,
    private readonly _changed: () => void
  ) {
    this._filled = operation.samples[0]?.arguments ?? blank(operation.schema);
    this.use(this._filled);
  }

  /** The arguments; the last ones that could be read while `text` is no JSON. */
  values: Obj = {};
  /** The arguments as text, where they are edited as JSON. */
  text = '';
  /** Why `text` is not the JSON of an object; "" while it is. */
  flaw = '';
  raw = false;
  sending = false;
  reply: IReply | null = null;
  problem: Problem | null = null;

  /** Fill in these arguments. */
  use(values: Obj): void {
    this.values = values;
    this.text = indented(values);
    this.flaw = '';
    this._changed();
  }

  /** The text was edited. */
  write(text: string): void {
    this.text = text;
    try {
      const value = JSON.parse(text) as Json;
      const named =
        typeof value === 'object' && value !== null && !Array.isArray(value);
      this.flaw = named ? '' : 'not-an-object';
      this.values = named ? objectOf(value) : this.values;
    } catch (error) {
      this.flaw = error instanceof Error ? error.message : String(error);
    }
    this._changed();
  }

  /** What was typed for another contract of this endpoint stays, as far as this one takes it. */
  resume(old: Trial): void {
    this.raw = old.raw;
    if (old.values === old._filled && !old.flaw) {
      return; // nothing was
    }
    const { schema } = this.operation;
    const taken = objectOf(schema.properties);
    const kept = Object.entries(old.values).filter(
      ([name, value]) =>
        name in taken && accepts(objectOf(taken[name]), value, schema)
    );
    this.use({ ...this.values, ...Object.fromEntries(kept) });
    if (old.flaw) {
      this.write(old.text);
    }
  }

  /** Edit as JSON text, or in the form. */
  show(raw: boolean): void {
    this.raw = raw;
    this._changed();
  }

  /** Call the endpoint. The reply before this one stays until the new one is there. */
  async send(): Promise<void> {
    if (this.sending || this.flaw) {
      return;
    }
    this.sending = true;
    this._changed();
    try {
      const { operation } = this;
      const path = target(operation, this.values);
      this.reply = await this._api.call(
        this._service,
        operation.method,
        path,
        operation.query ? null : this.values
      );
      this.problem = null;
    } catch (thrown) {
      this.problem = Problem.of(thrown);
      this.reply = null;
    } finally {
      this.sending = false;
      this._changed();
    }
  }

  /** The arguments before anybody typed. */
  private readonly _filled: Obj;
}
