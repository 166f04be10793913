/**
 * Which visits are confidential. Synthea does not mark any, so this is by what they are about: mental health, substance use,
 * violence and abuse, and sexually transmitted infection. A visit is about what its reason, its description or any condition
 * that was found in it says. Words are stems in the English of SNOMED CT's terms; a stem too many hides a visit from nurses,
 * one too few shows it to them, so the list leans towards hiding.
 */
const STEMS = [
  // Mental health
  'mental',
  'psych',
  'depressi',
  'anxiety',
  'panic',
  'bipolar',
  'schizo',
  'suicid',
  'self-harm',
  'self-inflicted',
  'post-?traumatic stress',
  'attention deficit',
  'eating disorder',
  'anorexia nervosa',
  'bulimia',
  // Substance use
  'alcohol',
  'opioid',
  'overdose',
  'addict',
  'detoxification',
  'drug rehabilitation',
  '(?:drug|substance) (?:abuse|misuse|dependence|use disorder)',
  'dependent drug',
  // Violence and abuse
  'abuse',
  'violence',
  'assault',
  'neglect',
  // Sexually transmitted infection
  'human immunodeficiency',
  'HIV\\b',
  'sexually transmitted',
];

const SENSITIVE = new RegExp(`\\b(?:${STEMS.join('|')})`, 'i');

export const isConfidential = (texts: readonly string[]): boolean => texts.some((text) => SENSITIVE.test(text));
