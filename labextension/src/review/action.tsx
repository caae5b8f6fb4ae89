import React from 'react';

interface IActionProps {
  label: string;
  onClick(): void;
  /** What screen readers say where the label alone is not enough. */
  title?: string;
  disabled?: boolean;
}

/** A small button beside what it is about. */
export function Action(props: IActionProps): JSX.Element {
  return (
    <button
      className="jp-modelship-Review-action"
      disabled={props.disabled}
      aria-label={props.title}
      title={props.title}
      onClick={props.onClick}
    >
      {props.label}
    </button>
  );
}
