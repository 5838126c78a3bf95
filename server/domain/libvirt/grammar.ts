import { z } from "zod";
import { AbsolutePath } from "../datastore";

/** Words of a domain. What XML escaping cannot make safe, because libvirt gives it a meaning, has a grammar here. */

/** A domain's name: libvirt forbids `/` and control characters; a leading `-` would be an option of virsh. */
export const DomainName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^-/\u0000-\u001f\u007f][^/\u0000-\u001f\u007f]*$/, "Not a name of a libvirt domain");

export const DomainUuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "Not a UUID in lower case");

/**
 * Where libvirt is asked on a host. No remote transports: Strata goes over ssh itself, and libvirt's URIs can name
 * programs to run (`command=`).
 */
export const LibvirtUri = z
  .string()
  .max(256)
  .regex(
    /^(qemu:\/\/\/(system|session)(\?socket=\/[A-Za-z0-9._/-]+)?|test:\/\/\/default)$/,
    "Use qemu:///system or qemu:///session, with ?socket=/path if the socket is elsewhere",
  );

/** A device name in the guest, e.g. vda, sdb, hdc. */
export const DiskTarget = z.string().regex(/^(vd|sd|hd|xvd)[a-z]{1,2}$/, "Not a disk target such as vda");

/** Ids of CPUs of a host, e.g. `0-3,8`. */
export const CpuSet = z
  .string()
  .regex(/^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/, "Not a list of CPU ids such as 0-3,8");

/** Name of a network interface or bridge of a host. */
export const InterfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,14}$/, "Not a name of a network interface");

export const MacAddress = z.string().regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i, "Not a MAC address");

/** A word such as a CPU model, a machine type or a NIC model. */
export const Word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/, "Not a plain word");

export const HostPath = AbsolutePath;
