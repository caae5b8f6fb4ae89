import { Button } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs } from '../commands';
import { duration } from '../core/format';
import { plain, plainLines } from '../core/plain';
import type { IReply } from '../tokens';
import type { IFailure, IService } from '../wire';
import { objectOf, textOf } from './contract';
import { flawsOf } from './fields';
import { indented } from './json';
import type { IMeans } from './means';
import { CopyButton, Trouble } from './parts';
import type { Trial } from './trial';

type IReplyProps = IMeans & { trial: Trial; service: IService };

/** The newest reply with status and time; greyed while another request is on its way. */
export function Reply(props: IReplyProps): JSX.Element {
  const { trial, actions, trans } = props;
  if (trial.problem) {
    return <Trouble problem={trial.problem} trans={trans} />;
  }
  const reply = trial.reply;
  if (reply === null) {
    return (
      <p className="jp-modelship-card-note">
        {trial.sending
          ? trans.__('Waiting for the reply…')
          : trans.__('Send, and the reply is shown here.')}
      </p>
    );
  }
  const text = bodyText(reply);
  return (
    <div className={trial.sending ? 'jp-modelship-old' : undefined}>
      <div className="jp-modelship-bar">
        <Status reply={reply} />
        <span className="jp-modelship-space" />
        <CopyButton
          label={trans.__('Copy reply')}
          onCopy={() => actions.copy(text)}
        />
      </div>
      <Flaws reply={reply} />
      {reply.status >= 500 ? <Why {...props} reply={reply} /> : null}
      <Body told={told(reply)} text={text} trans={trans} />
    </div>
  );
}

/** The reply as it came; folded where it was told in words already. */
function Body(props: {
  told: boolean;
  text: string;
  trans: IMeans['trans'];
}): JSX.Element {
  const { text, trans } = props;
  const body = (
    <pre className="jp-modelship-pre" tabIndex={0}>
      {plainLines(text)}
    </pre>
  );
  return props.told ? (
    <details>
      <summary>{trans.__('The reply as it came')}</summary>
      {body}
    </details>
  ) : (
    body
  );
}

/** A problem after RFC 9457, which the lines above the reply say. */
function told(reply: IReply): boolean {
  return reply.status >= 400 && textOf(objectOf(reply.body).title) !== '';
}

function Status(props: { reply: IReply }): JSX.Element {
  const { reply } = props;
  const good = reply.status < 400;
  return (
    <span
      className={good ? 'jp-modelship-good' : 'jp-modelship-word-attention'}
    >
      <span aria-hidden="true">{good ? '✓ ' : '▲ '}</span>
      {`${reply.status} · ${duration(reply.seconds)}`}
    </span>
  );
}

/** What was wrong with the request, place by place. */
function Flaws(props: { reply: IReply }): JSX.Element | null {
  const { reply } = props;
  if (reply.status < 400) {
    return null;
  }
  const flaws = flawsOf(reply.body);
  return (
    <>
      <p>{plain(textOf(objectOf(reply.body).title))}</p>
      {flaws.length ? (
        <ul className="jp-modelship-flaws">
          {flaws.map((flaw, at) => (
            <li key={at}>
              <code>{plain(flaw.pointer || '/')}</code> {plain(flaw.message)}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

/** The cause inside the service, which callers never see and its owner does. */
function Why(props: IReplyProps & { reply: IReply }): JSX.Element {
  const { reply, model, service, commands, trans } = props;
  const id = reply.request_id ?? textOf(objectOf(reply.body).request_id);
  React.useEffect(() => void model.failures.reload(), [model, reply]);
  const found = model.failures.value?.find(one => one.request_id === id);
  const { path } = service;
  return (
    <div className="jp-modelship-why">
      {found ? <p>{plain(found.message)}</p> : null}
      {found && found.cell !== null && path !== null ? (
        <Button
          className="jp-modelship-secondary"
          onClick={() =>
            void commands.execute(CommandIDs.goToCell, {
              path,
              cell: found.cell,
              line: found.line
            })
          }
        >
          {placeOf(found, trans)}
        </Button>
      ) : (
        <Button
          className="jp-modelship-secondary"
          onClick={() => {
            model.tab = 'watch';
          }}
        >
          {trans.__('See why in Watch')}
        </Button>
      )}
    </div>
  );
}

function placeOf({ number, line }: IFailure, trans: IMeans['trans']): string {
  if (number === null) {
    return trans.__('Go to cell');
  }
  return line === null
    ? trans.__('Go to cell %1', number)
    : trans.__('Go to cell %1, line %2', number, line);
}

function bodyText(reply: IReply): string {
  return typeof reply.body === 'string' && reply.status >= 400
    ? reply.body
    : indented(reply.body);
}
