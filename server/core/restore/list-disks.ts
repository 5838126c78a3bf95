import { z } from "zod";
import type { Run } from "../action/handler";
import { datastoreXml, driverDocument, imageXml } from "../documents";
import { requireDatastore, requireImage } from "../require";

const Urls = z.record(z.string().regex(/^\d{1,6}$|^tpm$/), z.string().max(65_536));

/** Disk id → pseudo-URL of its chain up to the increment, from the driver that stored it. */
export async function listDisks(
  run: Run,
  input: { imageId: number; incrementId: number; vmDocument: string },
): Promise<Record<string, string>> {
  const { db } = run.core;
  const backup = await requireImage(db, input.imageId);
  const datastore = await requireDatastore(db, backup.datastoreId);
  const upTo = backup.isChain ? input.incrementId : -1;
  const { stdout } = await run.core.drivers.call({
    family: "datastore",
    driver: datastore.dsMad,
    action: "ls",
    argv: ["-i", String(upTo)],
    document: driverDocument({
      datastore: datastoreXml(datastore),
      vm: input.vmDocument,
      image: await imageXml(db, backup),
    }),
    signal: run.signal,
    onLog: run.log.add,
  });
  return Urls.parse(JSON.parse(stdout));
}
