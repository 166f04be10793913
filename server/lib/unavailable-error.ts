/**
 * Something could not be done now, or it is not known whether it was; asking again may help. Answered with status 503.
 * The message is for the client: it names nothing of the server and no patient.
 */
export class UnavailableError extends Error {
  override readonly name: string = 'UnavailableError';
}
