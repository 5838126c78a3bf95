/** DATASTORE documents of restic datastores, for tests. */
import { userInfo } from "node:os";

/** Quotes, blanks, dollars: nothing of it may be read by a shell. */
export const RESTIC_PASSWORD = `p'a"ss $(id) \\w\`ord -x`;

/** DATASTORE element with id 100 and no reserve. */
export function resticDatastoreXml(
  basePath: string,
  tmpDir: string,
  options: { server?: string; extra?: string; password?: string } = {},
): string {
  const { server = "localhost", extra = "", password = RESTIC_PASSWORD } = options;
  const attributes = {
    RESTIC_SFTP_SERVER: server,
    RESTIC_SFTP_USER: userInfo().username,
    RESTIC_PASSWORD: password,
    RESTIC_TMP_DIR: tmpDir,
    RESERVE_MB: "0",
  };
  const template = Object.entries(attributes).map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`);
  return `<DATASTORE><ID>100</ID><BASE_PATH>${escapeXml(basePath)}</BASE_PATH><TEMPLATE>${template.join("")}${extra}</TEMPLATE></DATASTORE>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
