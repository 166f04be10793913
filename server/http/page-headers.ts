/** Headers of pages whose scripts, styles and data all come from this server, and that nobody else may frame or send forms from. */
import helmet from 'helmet';

export const pageHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ['data:'],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      // Scripts send what is typed; where they do not run, a form must not put a password anywhere.
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
  // Whether every page of this host is to be reached by HTTPS only is for whoever provides the HTTPS.
  strictTransportSecurity: false,
});
