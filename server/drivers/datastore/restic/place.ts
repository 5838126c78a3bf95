/** Where restic runs, and how it names the repository from there. */
import { HostAddress, UnixUser } from "../../../domain/datastore";
import { isLocal, type Machine, sshOptions } from "../../../lib/ssh";
import { DriverError } from "../../action";
import { type RepositoryOwner, type ResticDatastore, repositoryPath } from "./repository";

/** This machine, as the drivers call it. */
const HERE: Machine = { host: "localhost" };
/** Fast with AES instructions, and the server's default where it is missing. One cipher: restic takes no comma here. */
const CIPHERS = "Ciphers=^aes128-gcm@openssh.com";

export interface ResticPlace {
  /** restic runs here. */
  machine: Machine;
  role: "backup server" | "host";
  /** `--repo` */
  repository: string;
  /** `sftp.command` of restic; empty: the repository is a folder of this machine. */
  sftpCommand: string;
}

/** On this machine; the repository is a folder here, or reached over sftp with our own ssh options. */
export function placeHere(datastore: ResticDatastore, owner: RepositoryOwner): ResticPlace {
  const { server } = datastore;
  if (isLocal(server)) return placeOnServer(datastore, owner);
  const words = [...oneCipher(sshOptions(server)), HostAddress.parse(server.host), "-s", "sftp"];
  return { machine: HERE, role: "host", repository: sftpUrl(datastore, owner), sftpCommand: words.map(word).join(" ") };
}

/** On the backup server itself. */
export function placeOnServer(datastore: ResticDatastore, owner: RepositoryOwner): ResticPlace {
  const repository = repositoryPath(datastore, owner);
  return { machine: datastore.server, role: "backup server", repository, sftpCommand: "" };
}

/** On a VM's host, which logs in to the backup server with its own configuration and keys. */
export function placeOnHost(datastore: ResticDatastore, owner: RepositoryOwner, host: Machine): ResticPlace {
  const { server } = datastore;
  const port = server.port === undefined ? "" : ` -p ${server.port}`;
  const user = server.user === undefined ? "" : ` -l ${UnixUser.parse(server.user)}`;
  const options = `-o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ${CIPHERS} -o StrictHostKeyChecking=accept-new`;
  const sftpCommand = `ssh ${options}${port}${user} ${HostAddress.parse(server.host)} -s sftp`;
  return { machine: host, role: "host", repository: sftpUrl(datastore, owner), sftpCommand };
}

/** restic takes the address from `sftp.command`; here it is only a name, and must not have the colons of IPv6. */
function sftpUrl(datastore: ResticDatastore, owner: RepositoryOwner): string {
  const { host, user } = datastore.server;
  return `sftp:${user ?? "oneadmin"}@${host.replaceAll(":", "-")}:${repositoryPath(datastore, owner)}`;
}

function oneCipher(options: readonly string[]): string[] {
  const at = options.indexOf("-c");
  return at === -1 ? [...options] : [...options.slice(0, at), "-o", CIPHERS, ...options.slice(at + 2)];
}

/** One word for restic's own splitting of `sftp.command`, which knows quotes and no escapes. A comma would end the option. */
function word(text: string): string {
  if (/^[\w@%+=:.^/-]+$/.test(text)) return text;
  if (!/['"\\,]/.test(text)) return `'${text}'`;
  throw new DriverError(`restic cannot be given ${JSON.stringify(text)} as a word of its ssh command.`);
}
