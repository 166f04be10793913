/**
 * Synthea records a patient's circumstances as conditions of a visit: work, schooling, housing, company. They belong to the
 * patient's conditions, and none of them is what a visit was for. Stems in the English of SNOMED CT's terms.
 */
const STEMS = [
  'employ',
  'unemploy',
  'labou?r force',
  'education',
  'high school',
  'social contact',
  'social isolation',
  'housing',
  'homeless',
  'transport',
  'criminal record',
  'prison',
  'armed forces',
  'refugee',
  'risk activity',
  'stress \\(finding',
];

const SOCIAL = new RegExp(`\\b(?:${STEMS.join('|')})`, 'i');

export const isSocialFinding = (condition: string): boolean => SOCIAL.test(condition);
