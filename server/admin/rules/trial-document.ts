/** The document that rules are tried on: a stored one at one of its revisions, or one that is made up. */
import { isPatientBoundType, newDocumentIdOf } from './made-up-id.ts';
