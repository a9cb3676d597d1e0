// Where the page and the appliance are: the appliance writes <base href> into the page, so a proxy may put both under any path.
export const CONSOLE_PATH = new URL(document.baseURI).pathname
/** Without a slash at the end: https://host/some/path. */
export const APPLIANCE_URL = new URL('..', document.baseURI).href.replace(/\/$/, '')
