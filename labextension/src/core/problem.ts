import type { ICandidate, IFinding, IProblem } from '../wire';

/** Why a request did not do what was asked: what the server said, or that it cannot be reached. */
export class Problem extends Error implements IProblem {
  readonly code: string;
  readonly remedy: string;
  readonly detail: string;
  readonly findings: IFinding[];
  readonly candidates: ICandidate[];
  /** The HTTP status; 0 where no server answered, -1 where the mistake is ours. */
  readonly status: number;

  constructor(status: number, said: Partial<IProblem>) {
    super(text(said.message) || `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = text(said.code) || 'failed';
    this.remedy = text(said.remedy);
    this.detail = text(said.detail);
    this.findings = Array.isArray(said.findings) ? said.findings : [];
    this.candidates = Array.isArray(said.candidates) ? said.candidates : [];
  }

  /** Nobody answered: the server is away, which ends by itself or by starting it. */
  get away(): boolean {
    return this.status === 0;
  }

  /** Any thrown value as a problem; what is none is a mistake of this extension's own. */
  static of(thrown: unknown): Problem {
    return thrown instanceof Problem
      ? thrown
      : new Problem(-1, { code: 'internal', message: String(thrown) });
  }

  /** No reply came. */
  static noReply(thrown: unknown): Problem {
    return new Problem(0, {
      code: 'server-away',
      message: 'The Jupyter server does not answer.',
      remedy: 'Wait until it is back, or start it again. Nothing is lost.',
      detail: String(thrown)
    });
  }

  /** The problem that a reply with a status of 400 or more describes, whoever wrote it. */
  static async read(response: Response): Promise<Problem> {
    const body = await response.text();
    try {
      const said: unknown = JSON.parse(body);
      if (isObject(said)) {
        return new Problem(response.status, said);
      }
    } catch {
      // A proxy in between answers with a page of its own: its status is all there is to know.
    }
    return new Problem(response.status, {
      message: `${response.status} ${response.statusText}`.trim(),
      detail: body.slice(0, 4000)
    });
  }
}

function isObject(value: unknown): value is Partial<IProblem> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
