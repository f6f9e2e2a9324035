// Loaded before PGlite's server, which needs a global that Node.js has since release 19. Debian 12 has release 18.
globalThis.CustomEvent ??= class CustomEvent extends Event {
  constructor(type, options) {
    super(type, options);
    this.detail = options?.detail ?? null;
  }
};
