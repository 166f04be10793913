/** A vaccination that was given, and when the next dose is due, which in FHIR is a recommendation. */
import type { Immunization, ImmunizationRecommendation } from 'fhir/r4.js';
import type { Vaccine } from '../../../../shared-schemas/vaccine.ts';
import type { Exported } from '../patient-export.ts';
import { codingsOf } from './codings.ts';
import { referenceTo } from './full-url.ts';
import { headOf } from './head.ts';
import { LOINC } from './loinc.ts';
import type { References } from './references.ts';
import { instantOf } from './times.ts';
import { concept, hl7Concept, notes } from './values.ts';

export const immunization = (vaccine: Exported<Vaccine>, references: References): Immunization => ({
  ...headOf('Immunization', vaccine),
  status: 'completed',
  vaccineCode: vaccineCode(vaccine),
  patient: references.patient(),
  encounter: references.encounterOf(vaccine),
  occurrenceDateTime: instantOf(vaccine.administeredAt),
  recorded: instantOf(vaccine.createdAt),
  lotNumber: vaccine.lotNumber,
  site: vaccine.site === undefined ? undefined : { text: vaccine.site },
  note: notes(vaccine.notes),
  protocolApplied: vaccine.doseNumber === undefined ? [] : [{ doseNumberPositiveInt: vaccine.doseNumber }],
});

export function immunizationRecommendations(
  vaccine: Exported<Vaccine>,
  references: References,
): ImmunizationRecommendation[] {
  if (vaccine.nextDueOn === undefined) return [];
  return [
    {
      ...headOf('ImmunizationRecommendation', vaccine),
      patient: references.patient(),
      date: instantOf(vaccine.administeredAt),
      recommendation: [
        {
          vaccineCode: [vaccineCode(vaccine)],
          supportingImmunization: [referenceTo(headOf('Immunization', vaccine))],
          forecastStatus: hl7Concept('immunization-recommendation-status', 'due', 'Due'),
          dateCriterion: [
            {
              code: { coding: [{ system: LOINC, code: '30980-7', display: 'Date vaccine due' }] },
              value: vaccine.nextDueOn,
            },
          ],
        },
      ],
    },
  ];
}

const vaccineCode = ({ name, code }: Vaccine) => concept(name, codingsOf(code, 'cvx'));
