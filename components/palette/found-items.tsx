"use client";

import { useQuery } from "@tanstack/react-query";
import {
  Archive,
  CirclePause,
  Cpu,
  Database,
  HardDriveDownload,
  History,
  ListChecks,
  type LucideIcon,
  MessageCircleQuestion,
  RotateCcw,
  Server,
} from "lucide-react";
import type { ReactNode } from "react";
import type { FoundObject } from "@/server/domain/search";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { formatDateTime } from "../lib/format";
import { newestBefore } from "../restore/point-choice";
import { restoreHref } from "../restore/wizard-state";
import { formatPointRef } from "../timeline/point-ref";
import { useTRPC } from "../trpc/client";
import { whyProtection } from "../vm/why-text";
import type { TypedCommand } from "./command-text";
import { PaletteItem } from "./palette-item";

const LOOKS: Record<FoundObject["kind"], { icon: LucideIcon; word: string; href: string }> = {
  vm: { icon: Server, word: "VM", href: "/vms" },
  job: {
    icon: ListChecks,
    get word() {
      return t("Backup job");
    },
    href: "/jobs",
  },
  backup: {
    icon: Archive,
    get word() {
      return t("Backup");
    },
    href: "/backups",
  },
  datastore: {
    icon: Database,
    get word() {
      return t("Datastore");
    },
    href: "/datastores",
  },
  host: {
    icon: Cpu,
    get word() {
      return t("Host");
    },
    href: "/hosts",
  },
};
/** VMs whose points are read for a time, or that are asked about: those that fit best. */
const ASKED = 3;

interface ItemProps {
  object: FoundObject;
  command: TypedCommand;
  /** What was typed, when the objects are those that fit it: then they stand whatever their letters. */
  typed: string | null;
  onGo: (href: string) => void;
}

/** Names the first line of what was found, for the palette to begin at. */
export function firstValue(command: TypedCommand, objects: readonly FoundObject[]): string | null {
  const [first] = wanted(command, objects);
  if (first === undefined) return null;
  return itemValue(command.verb === "open" ? (command.span === null ? "" : "at ") : `${command.verb} `, first);
}

/** What was found, each with what was asked for: it is opened, or its plan is; nothing is done here. */
export function FoundItems(props: Omit<ItemProps, "object"> & { objects: readonly FoundObject[] }) {
  const { objects, ...rest } = props;
  return wanted(props.command, objects).map((object, index) => (
    <ObjectItems key={`${object.kind}-${object.id}`} object={object} isAsked={index < ASKED} {...rest} />
  ));
}

/** A verb says what kinds it is about. A gone VM is restored from its backups, once. */
function wanted({ verb }: TypedCommand, objects: readonly FoundObject[]): FoundObject[] {
  if (verb === "open") return [...objects];
  if (verb === "pause") return objects.filter(({ kind }) => kind === "job");
  const vms = objects.filter(({ kind }) => kind === "vm");
  if (verb !== "restore") return vms;
  const gone = objects.filter(
    ({ kind, isGone, vmId }, index) =>
      kind === "backup" && isGone && objects.findIndex((each) => each.isGone && each.vmId === vmId) === index,
  );
  return [...vms, ...gone];
}

function ObjectItems({ isAsked, ...props }: ItemProps & { isAsked: boolean }) {
  const { object, command } = props;
  switch (command.verb) {
    case "restore":
      return command.span !== null && isAsked ? <PointItem {...props} verb="restore" /> : <RestoreItem {...props} />;
    case "back-up":
      return (
        <Line {...props} prefix="back-up " icon={HardDriveDownload} href={`/vms/${object.id}?do=backup`}>
          {t("Back up {name}…", { name: object.name })}
        </Line>
      );
    case "pause":
      return <PauseItem {...props} />;
    case "why":
      return isAsked ? <WhyItem {...props} /> : null;
    case "open":
      return (
        <>
          {command.span !== null && object.kind === "vm" && isAsked ? <PointItem {...props} verb="at" /> : null}
          <OpenItem {...props} />
          {object.kind === "vm" && command.span === null ? <RestoreItem {...props} /> : null}
        </>
      );
  }
}

function OpenItem(props: ItemProps) {
  const { object } = props;
  const { icon, word, href } = LOOKS[object.kind];
  return (
    <Line
      {...props}
      prefix=""
      icon={icon}
      href={`${href}/${object.id}`}
      note={
        <>
          {object.hint === null ? null : `${object.hint} · `}
          {word} #{object.id}
          {object.isGone ? t(", VM gone") : null}
        </>
      }
    >
      {object.name}
    </Line>
  );
}

function RestoreItem(props: ItemProps) {
  const { name, vmId, isGone } = props.object;
  return (
    <Line
      {...props}
      prefix="restore "
      icon={RotateCcw}
      href={restoreHref({ vmId: vmId ?? -1 })}
      note={isGone ? t("VM gone") : null}
    >
      {t("Restore {name}…", { name })}
    </Line>
  );
}

/** The newest point up to a time: opened, or restored from. Without one it says so. */
function PointItem({ verb, ...props }: ItemProps & { verb: "restore" | "at" }) {
  const { object, command } = props;
  const trpc = useTRPC();
  const { zone } = useZone();
  const vmId = object.vmId ?? -1;
  const { data } = useQuery(trpc.vm.chains.queryOptions({ vmId }));
  const at = command.span?.to ?? 0;
  const point = data === undefined ? null : newestBefore(data, at);
  const values = { name: object.name, at: point === null ? "" : formatDateTime(point.at, zone) };
  const href =
    point === null
      ? null
      : verb === "restore"
        ? restoreHref({ vmId, imageId: point.imageId, incrementId: point.incrementId })
        : `/vms/${vmId}?point=${formatPointRef(point)}`;
  return (
    <Line {...props} prefix={`${verb} `} icon={verb === "restore" ? RotateCcw : History} href={href}>
      {data === undefined
        ? t("Looking for the points of {name}…", { name: object.name })
        : point === null
          ? t("{name} has no point of {at} or before", { name: object.name, at: formatDateTime(at, zone) })
          : verb === "restore"
            ? t("Restore {name} as of {at}…", values)
            : t("{name}, point of {at}", values)}
    </Line>
  );
}

function PauseItem(props: ItemProps) {
  const { object, command } = props;
  const { zone } = useZone();
  const until = command.span?.from ?? null;
  return (
    <Line
      {...props}
      prefix="pause "
      icon={CirclePause}
      href={`/jobs/${object.id}?do=pause${until === null ? "" : `&until=${until}`}`}
    >
      {until === null
        ? t("Pause {name}…", { name: object.name })
        : t("Pause {name} until {at}…", { name: object.name, at: formatDateTime(until, zone) })}
    </Line>
  );
}

function WhyItem(props: ItemProps) {
  const trpc = useTRPC();
  const { zone } = useZone();
  const { id, name } = props.object;
  const { data } = useQuery(trpc.vm.get.queryOptions({ vmId: id }));
  return (
    <Line {...props} prefix="why " icon={MessageCircleQuestion} href={`/vms/${id}`}>
      <span className="block font-medium">{name}</span>
      <span className="block py-1 text-sm whitespace-normal">
        {data === undefined ? t("Reading…") : whyProtection(data, zone)}
      </span>
    </Line>
  );
}

function Line({
  object,
  typed,
  onGo,
  prefix,
  icon: Icon,
  href,
  note = null,
  children,
}: ItemProps & {
  prefix: string;
  icon: LucideIcon;
  /** Null: it cannot be chosen. */
  href: string | null;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <PaletteItem
      value={itemValue(prefix, object)}
      keywords={[String(object.id), LOOKS[object.kind].word, ...(typed === null ? [] : [typed])]}
      isOff={href === null}
      onSelect={() => {
        if (href !== null) onGo(href);
      }}
    >
      <Icon aria-hidden />
      <span className="min-w-0 grow truncate">{children}</span>
      {note === null ? null : <span className="shrink-0 text-sm text-muted">{note}</span>}
    </PaletteItem>
  );
}

function itemValue(prefix: string, { kind, name, id }: FoundObject): string {
  return `${prefix}${kind} ${name} #${id}`;
}
