"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { CreateGroup, type GroupRow } from "@/server/domain/user";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";
import { useAdminChange } from "./use-admin-change";

const column = columnsOf<GroupRow>();

const COLUMNS = column.columns([
  column.accessor("name", {
    header: () => t("Group"),
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">#{row.original.id}</span>
      </>
    ),
    meta: { isName: true, className: "min-w-40" },
  }),
  column.accessor((row) => membersText(row), {
    id: "members",
    header: () => t("Members"),
    meta: { card: "fact", className: "wrap-anywhere" },
  }),
  column.accessor("owned", {
    header: () => t("Objects"),
    meta: { align: "end", card: "fact" },
  }),
  column.display({
    id: "actions",
    header: () => <span className="sr-only">{t("Actions")}</span>,
    cell: ({ row }) => <DeleteGroup group={row.original} />,
    meta: { isInteractive: true, align: "end", card: "corner" },
  }),
]);

const NAMED = 12;

function membersText({ members }: GroupRow): string {
  if (members.length === 0) return t("Nobody");
  const named = members.slice(0, NAMED).map((member) => member.name);
  return members.length > NAMED
    ? t("{named} and {membersCount} more", { named: named.join(", "), membersCount: members.length - NAMED })
    : named.join(", ");
}

/** All groups; members are chosen on the user. */
export function GroupsTab() {
  const trpc = useTRPC();
  const [isCreating, setIsCreating] = useState(false);
  const reason = useAdminReason(t("create groups"));
  const query = useQuery(
    trpc.user.groups.queryOptions(undefined, { select: (rows) => ({ rows, total: rows.length }) }),
  );
  return (
    <>
      <div className="mb-3 flex justify-end">
        <Button variant="primary" disabledReason={reason} onClick={() => setIsCreating(true)}>
          <Plus aria-hidden /> {t("Add group")}
        </Button>
      </div>
      <DataTable caption={t("Groups")} columns={COLUMNS} query={query} rowKey={(row) => String(row.id)} empty={null} />
      {isCreating ? <CreateGroupDialog onClose={() => setIsCreating(false)} /> : null}
    </>
  );
}

function CreateGroupDialog({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC();
  const done = useAdminChange(onClose);
  const [name, setName] = useState("");
  const [error, setError] = useState<string>();
  const create = useMutation(
    trpc.user.createGroup.mutationOptions({
      onSuccess: (_made, input) => done(t("Group {name} added", { name: input.name })),
    }),
  );
  function submit() {
    const parsed = CreateGroup.safeParse({ name: name.trim() });
    setError(parsed.success ? undefined : parsed.error.issues[0]?.message);
    if (parsed.success) create.mutate(parsed.data);
  }
  return (
    <FormDialog
      title={t("Add a group")}
      submitLabel={t("Add group")}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t("Name")} help={t("Put users into it on the Users tab.")} error={error} isRequired>
        {(control) => <Input {...control} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
    </FormDialog>
  );
}

function DeleteGroup({ group }: { group: GroupRow }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const staleReason = useStaleReason();
  const done = useAdminChange(() => setIsOpen(false));
  const remove = useMutation(
    trpc.user.deleteGroup.mutationOptions({ onSuccess: () => done(t("Group {name} deleted", { name: group.name })) }),
  );
  const reason =
    group.id <= 1
      ? t("This group always exists.")
      : group.members.length > 0
        ? t("It has members. Move them to other groups first.")
        : group.owned > 0
          ? t("{owned} objects belong to it. Give them to another group first.", { owned: group.owned })
          : null;
  return (
    <>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={t("Delete group {name}", { name: group.name })}
        disabledReason={reason ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete group {name}?", { name: group.name })}
        consequences={[t("The group and its quotas are gone; its number is not used again.")]}
        confirmLabel={t("Delete group")}
        onConfirm={() => remove.mutate({ groupId: group.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
