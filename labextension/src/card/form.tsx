import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, closeIcon, FormComponent } from '@jupyterlab/ui-components';
import type {
  ArrayFieldTemplateProps,
  FieldProps,
  FieldTemplateProps,
  ObjectFieldTemplateProps,
  RJSFSchema
} from '@rjsf/utils';
import * as React from 'react';

import { plain } from '../core/plain';
import type { Json } from '../wire';
import type { Obj } from './contract';
import { atFields, type IFlaw, layout } from './fields';
import { indented } from './json';
import { validator } from './validator';

export interface IFormProps {
  schema: Obj;
  values: Obj;
  flaws: readonly IFlaw[];
  trans: TranslationBundle;
  onChange(values: Obj): void;
}

/** The arguments of an endpoint, field by field; what is no field is JSON in place. */
export default function Form(props: IFormProps): JSX.Element {
  const { schema, trans } = props;
  // Which arguments are JSON is decided once: typing must not turn one editor into another.
  const uiSchema = React.useMemo(() => layout(schema, props.values), [schema]);
  const flaws = React.useMemo(() => atFields(props.flaws), [props.flaws]);
  return (
    <FormComponent
      schema={schema as RJSFSchema}
      uiSchema={uiSchema}
      formData={props.values as never}
      validator={validator}
      noValidate
      extraErrors={flaws}
      showErrorList={false}
      idPrefix="modelship-try"
      tagName="div"
      templates={TEMPLATES}
      fields={FIELDS}
      formContext={{ trans, defaultFormData: {} }}
      onChange={event => props.onChange((event.formData ?? {}) as Obj)}
    />
  );
}

interface IContext {
  trans: TranslationBundle;
}

/** Label, field, what the service said of it. */
function Field(props: FieldTemplateProps): JSX.Element {
  const { id, label, children, rawErrors, schema, required } = props;
  const isRoot = id === 'modelship-try';
  const messages = [...new Set(rawErrors ?? [])];
  if (isRoot || props.hidden) {
    return <>{children}</>;
  }
  const { trans } = props.formContext as IContext;
  const list = schema.type === 'array' || hasJson(props);
  const seen = props.displayLabel || list;
  return (
    <div
      className={`jp-modelship-field${messages.length ? ' jp-mod-wrong' : ''}`}
    >
      {schema.type === 'object' ? null : (
        <label htmlFor={id} className={seen ? '' : 'jp-modelship-unseen'}>
          {plain(label)}
          {required || !seen ? null : (
            <span className="jp-modelship-optional">
              {trans.__('optional')}
            </span>
          )}
        </label>
      )}
      <div className="jp-modelship-field-value">
        {children}
        {messages.map(message => (
          <p key={message} className="jp-modelship-word-attention" role="alert">
            ▲ {plain(message)}
          </p>
        ))}
      </div>
    </div>
  );
}

function hasJson(props: FieldTemplateProps): boolean {
  return props.uiSchema?.['ui:field'] === 'json';
}

/** Values in a row that wraps, each with its number in the list. */
function List(props: ArrayFieldTemplateProps): JSX.Element {
  const { trans } = props.formContext as IContext;
  return (
    <div className="jp-modelship-items">
      {props.items.map(item => (
        <div key={item.key} className="jp-modelship-item">
          {item.children}
          {item.hasRemove ? (
            <button
              type="button"
              aria-label={trans.__('Remove value %1', item.index + 1)}
              title={trans.__('Remove')}
              onClick={item.onDropIndexClick(item.index)}
            >
              <closeIcon.react tag="span" width="12px" height="12px" />
            </button>
          ) : null}
        </div>
      ))}
      {props.canAdd ? (
        <button
          type="button"
          className="jp-modelship-item-add"
          aria-label={trans.__('Add a value to %1', props.title)}
          title={trans.__('Add')}
          onClick={props.onAddClick}
        >
          <addIcon.react tag="span" width="16px" height="16px" />
        </button>
      ) : null}
    </div>
  );
}

function Group(props: ObjectFieldTemplateProps): JSX.Element {
  return (
    <fieldset className="jp-modelship-fields">
      {props.idSchema.$id === 'modelship-try' ? null : (
        <legend>{plain(props.title)}</legend>
      )}
      {props.properties.map(one => (
        <React.Fragment key={one.name}>{one.content}</React.Fragment>
      ))}
    </fieldset>
  );
}

/** A value edited as JSON; it counts as soon as it can be read. */
function JsonField(props: FieldProps): JSX.Element {
  const { trans } = props.formContext as IContext;
  const given = props.formData as Json | undefined;
  const [text, setText] = React.useState(() => written(given));
  const [wrong, setWrong] = React.useState(false);
  const last = React.useRef(given);
  React.useEffect(() => {
    if (given !== last.current) {
      last.current = given;
      setText(written(given));
      setWrong(false);
    }
  }, [given]);
  const onChange = (now: string): void => {
    setText(now);
    try {
      const value = now.trim() ? (JSON.parse(now) as Json) : undefined;
      last.current = value;
      setWrong(false);
      props.onChange(value);
    } catch {
      setWrong(true);
    }
  };
  return (
    <>
      <textarea
        id={props.idSchema.$id}
        className="jp-modelship-json jp-mod-styled"
        spellCheck={false}
        rows={Math.min(12, text.split('\n').length + 1)}
        value={text}
        aria-invalid={wrong}
        onChange={event => onChange(event.target.value)}
      />
      {wrong ? (
        <p className="jp-modelship-word-attention" role="alert">
          ▲ {trans.__('This is not JSON: the value before it counts.')}
        </p>
      ) : null}
    </>
  );
}

function written(value: Json | undefined): string {
  return value === undefined ? '' : indented(value);
}

const TEMPLATES = {
  FieldTemplate: Field,
  ArrayFieldTemplate: List,
  ObjectFieldTemplate: Group
};
const FIELDS = { json: JsonField };
