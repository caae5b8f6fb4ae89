import { FormComponent } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { RJSFSchema, ValidatorType } from '@rjsf/utils';
import React, { useEffect, useRef } from 'react';

import type { Json, Options } from '../wire';

interface IOptionsFormProps {
  schema: Json;
  values: Options;
  onChange(name: string, value: Json): void;
}

const PREFIX = 'jp-modelship-option';

/** The form of the options, from their JSON schema. A module of its own: loaded when opened. */
export default function OptionsForm(props: IOptionsFormProps): JSX.Element {
  const { values } = props;
  const schema = props.schema as RJSFSchema;
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => named(host.current, schema));
  return (
    <div ref={host} className="jp-modelship-Review-form">
      <FormComponent
        schema={schema}
        uiSchema={{ 'ui:order': schema['ui:order'] }}
        formData={values as ReadonlyJSONObject}
        validator={SERVER}
        idPrefix={PREFIX}
        noHtml5Validate
        tagName="div"
        compact
        onChange={event => {
          const now = event.formData as Options;
          const changed = Object.keys(now).filter(
            name => !same(now[name], values[name])
          );
          for (const name of changed) {
            if (now[name] !== undefined) {
              props.onChange(name, now[name]);
            }
          }
        }}
      />
    </div>
  );
}

/** JupyterLab's form shows a field's title beside it; screen readers need it on the field. */
function named(host: HTMLElement | null, schema: RJSFSchema): void {
  for (const [name, part] of Object.entries(schema.properties ?? {})) {
    const field = host?.querySelector(`#${PREFIX}_${CSS.escape(name)}`);
    const title = typeof part === 'object' ? part.title : undefined;
    field?.setAttribute('aria-label', title ?? name);
  }
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The server checks options, within policy, and its findings say what is wrong: one truth. */
const SERVER: ValidatorType = {
  isValid: () => true,
  toErrorList: () => [],
  rawValidation: () => ({ errors: [] }),
  validateFormData: () => ({ errors: [], errorSchema: {} })
};
