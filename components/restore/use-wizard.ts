"use client";

import { useQuery } from "@tanstack/react-query";
import { useQueryStates } from "nuqs";
import { useTRPC } from "@/components/trpc/client";
import type { Chain } from "@/server/domain/backup";
import type { DatastoreRow } from "@/server/domain/datastore";
import type { HostRow } from "@/server/domain/host";
import type { InPlaceRequest } from "@/server/domain/in-place";
import type { RestoreRequest } from "@/server/domain/restore";
import type { VmDetail } from "@/server/domain/vm";
import { choosePoint } from "./point-choice";
import { WIZARD_PARAMS } from "./wizard-params";
import {
  firstStep,
  problemOf,
  type RestoreDraft,
  reachableStep,
  toInPlaceRequest,
  toRestoreRequest,
  type WizardChoices,
  type WizardStep,
} from "./wizard-state";

const NO_CHAINS: Chain[] = [];
const NO_DATASTORES: DatastoreRow[] = [];
const NO_HOSTS: HostRow[] = [];

export interface Wizard {
  draft: RestoreDraft;
  choices: WizardChoices;
  chains: Chain[];
  imageDatastores: DatastoreRow[];
  systemDatastores: DatastoreRow[];
  hosts: HostRow[];
  step: WizardStep;
  /** What keeps the user on this step, null when it is complete. */
  problem: string | null;
  request: RestoreRequest | null;
  /** In place of `request` when the VM's own disks are restored. */
  inPlace: InPlaceRequest | null;
  /** The VM as it is now; null: gone, not readable, or not known yet. */
  living: VmDetail | null;
  backupDatastores: DatastoreRow[];
  isLoading: boolean;
  /** First error of the queries the steps stand on. */
  error: unknown;
  retry: () => void;
  update: (changes: Partial<RestoreDraft>) => void;
  /** Goes to a step; a step is a place in the browser's history. */
  go: (step: WizardStep, changes?: Partial<RestoreDraft>) => void;
}

/** The wizard's state: the URL, what the server offers, and what both mean together. */
export function useWizard(): Wizard {
  const trpc = useTRPC();
  const [query, setQuery] = useQueryStates(WIZARD_PARAMS);
  const { step: wanted, disks: disk, ...rest } = query;

  // A link may name the chain alone: then the chain names the machine.
  const named = useQuery(
    trpc.backup.get.queryOptions({ imageId: rest.image ?? 0 }, { enabled: rest.vm === null && isId(rest.image) }),
  );
  const vm = rest.vm ?? named.data?.vmId ?? null;
  const list = useQuery(trpc.vm.chains.queryOptions({ vmId: vm ?? 0 }, { enabled: isId(vm) }));
  const living = useQuery(trpc.vm.get.queryOptions({ vmId: vm ?? 0 }, { enabled: isId(vm), retry: false }));
  const backups = useQuery(trpc.datastore.list.queryOptions({ type: "BACKUP" }));
  const images = useQuery(trpc.datastore.list.queryOptions({ type: "IMAGE" }));
  const systems = useQuery(trpc.datastore.list.queryOptions({ type: "SYSTEM" }));
  const hosts = useQuery(trpc.host.list.queryOptions());

  const draft: RestoreDraft = { ...rest, vm, disk };
  const chains = list.data ?? NO_CHAINS;
  const choices: WizardChoices = {
    point: choosePoint(chains, { imageId: draft.image, incrementId: draft.inc }),
    datastoreId: pick(images.data, draft.ds, mostFree(images.data)),
    hostId: pick(hosts.data, draft.host, hosts.data?.[0]?.id ?? null),
    systemDatastoreId: pick(systems.data, draft.sysds, mostFree(systems.data)),
  };
  const step = reachableStep(wanted ?? firstStep(draft), draft, choices);
  const queries = [list, images, systems, hosts];

  return {
    draft,
    choices,
    chains,
    imageDatastores: images.data ?? NO_DATASTORES,
    systemDatastores: systems.data ?? NO_DATASTORES,
    hosts: hosts.data ?? NO_HOSTS,
    step,
    problem: problemOf(step, draft, choices),
    request: toRestoreRequest(draft, choices),
    inPlace: toInPlaceRequest(draft, choices),
    living: living.isError ? null : (living.data ?? null),
    backupDatastores: backups.data ?? NO_DATASTORES,
    isLoading: [...queries, living, backups].some((entry) => entry.isLoading) || named.isLoading,
    error: queries.find((entry) => entry.isError)?.error ?? null,
    retry: () => {
      for (const entry of queries) if (entry.isError) void entry.refetch();
    },
    // With the step: a link without one would lead on as soon as a change answers the step that is open.
    update: (changes) => void setQuery({ ...toParams(changes), step }, { history: "replace" }),
    go: (next, changes = {}) => void setQuery({ ...toParams(changes), step: next }, { history: "push" }),
  };
}

function toParams({ disk, ...changes }: Partial<RestoreDraft>) {
  return disk === undefined ? changes : { ...changes, disks: disk };
}

function isId(id: number | null): id is number {
  return id !== null && id >= 0;
}

/** The object asked for, or the default when none was; one that is gone is nothing, never another one. */
function pick(
  objects: readonly { id: number }[] | undefined,
  asked: number | null,
  fallback: number | null,
): number | null {
  if (asked === null) return fallback;
  return objects?.some((object) => object.id === asked) === true ? asked : null;
}

function mostFree(datastores: readonly DatastoreRow[] | undefined): number | null {
  const best = datastores?.reduce<DatastoreRow | null>((a, b) => (a === null || b.freeMb > a.freeMb ? b : a), null);
  return best?.id ?? null;
}
