import { DriverError, defineAction } from "../../action";
import { parseXml } from "../../xml";
import { cutChain, parseBackupImage } from "./backup-image";
import { parseIncrement } from "./increment-argument";
import { parseRepository } from "./repository";
import { DISK_FILE, readPoint } from "./stored";
import { formatBackupUrl, lastPoint } from "./url";

/** `ls -i <increment id or -1>`: one JSON object, disk id → URL of the disk at that point. */
export const action = defineAction({
  stdin: "raw",
  async run({ argv, xml, signal }) {
    const incrementId = parseIncrement("ls", argv);
    const document = parseXml(xml);
    const repository = parseRepository(document.first("DATASTORE"));
    const image = parseBackupImage(document.first("IMAGE"));
    // A VM that is gone leaves its id in the image.
    const vmText = document.text("VM/ID");
    const vmId = image.vmId ?? (/^\d{1,10}$/.test(vmText) ? Number(vmText) : null);
    if (vmId === null) throw new DriverError("The image does not name its VM (VMS/ID).");
    const chain = cutChain(image.chain, incrementId);
    if (chain.length === 0) throw new DriverError("The image has no stored backup.");

    const stored = await readPoint(repository, vmId, lastPoint({ chain }), signal);
    const diskIds =
      stored.manifest?.disks.map((disk) => disk.id) ??
      stored.files.flatMap((file) => {
        const diskId = DISK_FILE.exec(file.name)?.[1];
        return diskId === undefined ? [] : [Number(diskId)];
      });
    const urls: Record<string, string> = {};
    for (const diskId of new Set(diskIds)) {
      urls[String(diskId)] = formatBackupUrl(repository.basePath, {
        datastoreId: repository.id,
        jobId: image.jobId,
        chain,
        vmId,
        diskId,
      });
    }
    return JSON.stringify(urls);
  },
});
