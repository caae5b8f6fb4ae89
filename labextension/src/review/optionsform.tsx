import { FormComponent } from '@jupyterlab/ui-components';
import type { RJSFSchema, ValidatorType } from '@rjsf/utils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import React from 'react';

import type { Json, Options } from '../wire';
import { useReview } from './context';

/** The form of the options, from their JSON schema. A module of its own: it is loaded when opened. */
export default function OptionsForm(props: {
  schema: Json;
  values: Options;
  onChange(name: string, value: Json): void;
}): JSX.Element {
  const { model } = useReview();
  const { schema, values } = props;
  return (
    <FormComponent
      schema={schema as RJSFSchema}
      uiSchema={{
        'ui:order': (schema as { 'ui:order'?: string[] })['ui:order']
      }}
      formData={values as ReadonlyJSONObject}
      validator={SERVER}
      idPrefix={`jp-modelship-${model.state.path}`}
      noHtml5Validate
      tagName="div"
      compact
      onChange={event => {
        const now = event.formData as Options;
        const changed = Object.keys(now).find(
          name => !same(now[name], values[name])
        );
        if (changed !== undefined && now[changed] !== undefined) {
          props.onChange(changed, now[changed]);
        }
      }}
    />
  );
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
