import type { RestoreRequest } from "@/server/domain/restore";

/** Options template of `one.image.restore`, its lines in the order the reference's command line writes them. */
export function restoreOptions(request: RestoreRequest): string {
  const lines = [
    request.network === "no_nic" ? 'NO_NIC="YES"' : null,
    request.network === "no_ip" ? 'NO_IP="YES"' : null,
    request.name === null ? null : `NAME="${request.name.replaceAll(/["\\]/g, "\\$&")}"`,
    request.incrementId === null ? null : `INCREMENT_ID="${request.incrementId}"`,
    ...request.diskIds.map((diskId) => `DISK_ID="${diskId}"`),
  ];
  return lines.filter((line) => line !== null).join("\n");
}

/** The same restore as an API call; the session is left as a word, it is a secret. */
export function apiCallText(request: RestoreRequest): string {
  const options = JSON.stringify(restoreOptions(request));
  return `one.image.restore(SESSION, ${request.imageId}, ${request.datastoreId}, ${options})`;
}

/** The same restore for OpenNebula's command line. A machine made of the template is its own command there. */
export function cliText(request: RestoreRequest): string {
  const words = [
    "oneimage",
    "restore",
    String(request.imageId),
    "-d",
    String(request.datastoreId),
    ...(request.network === "no_nic" ? ["--no_nic"] : []),
    ...(request.network === "no_ip" ? ["--no_ip"] : []),
    ...(request.name === null ? [] : ["--name", shellWord(request.name)]),
    ...(request.incrementId === null ? [] : ["--increment", String(request.incrementId)]),
    ...request.diskIds.flatMap((diskId) => ["--disk-id", String(diskId)]),
  ];
  const restore = words.join(" ");
  if (request.instantiate === null) return restore;
  const name = request.instantiate.name === null ? "" : ` --name ${shellWord(request.instantiate.name)}`;
  return `${restore}\nonetemplate instantiate TEMPLATE_ID${name} --hold`;
}

/** Text for a person's shell: quoted unless it holds only harmless characters. */
function shellWord(word: string): string {
  return /^[A-Za-z0-9._-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
