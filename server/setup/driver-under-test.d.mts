export interface DriverUnderTest {
  /** Folder with `datastore/<driver>/…` and `downloader/<driver>`. */
  remotesDir: string;
  driver: string;
  /** DATASTORE element of an empty datastore that the suite may use. */
  datastoreXml: string;
  /** Host of the VM, as argv has it. */
  host: string;
}

/** The driver that `STRATA_DRIVER_UNDER_TEST`, a JSON file, describes; null without it. Throws when it says too little. */
export function driverUnderTest(): DriverUnderTest | null;
