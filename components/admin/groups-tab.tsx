"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { CreateGroup, type GroupRow } from "@/server/domain/user";
import { columnsOf } from "../data-table/columns";
import { DataTable } from "../data-table/data-table";
import { useAdminReason } from "../hooks/use-admin-reason";
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
    header: "Group",
    cell: ({ row }) => (
      <>
        {row.original.name} <span className="font-normal text-muted">#{row.original.id}</span>
      </>
    ),
    meta: { isName: true, className: "min-w-40" },
  }),
  column.accessor((row) => membersText(row), {
    id: "members",
    header: "Members",
    meta: { card: "fact", className: "wrap-anywhere" },
  }),
  column.accessor("owned", { header: "Objects", meta: { align: "end", card: "fact" } }),
  column.display({
    id: "actions",
    header: () => <span className="sr-only">Actions</span>,
    cell: ({ row }) => <DeleteGroup group={row.original} />,
    meta: { isInteractive: true, align: "end", card: "corner" },
  }),
]);

const NAMED = 12;

function membersText({ members }: GroupRow): string {
  if (members.length === 0) return "Nobody";
  const named = members.slice(0, NAMED).map((member) => member.name);
  return members.length > NAMED ? `${named.join(", ")} and ${members.length - NAMED} more` : named.join(", ");
}

/** All groups; members are chosen on the user. */
export function GroupsTab() {
  const trpc = useTRPC();
  const [isCreating, setIsCreating] = useState(false);
  const reason = useAdminReason("create groups");
  const query = useQuery(
    trpc.user.groups.queryOptions(undefined, { select: (rows) => ({ rows, total: rows.length }) }),
  );
  return (
    <>
      <div className="mb-3 flex justify-end">
        <Button variant="primary" disabledReason={reason} onClick={() => setIsCreating(true)}>
          <Plus aria-hidden /> Add group
        </Button>
      </div>
      <DataTable caption="Groups" columns={COLUMNS} query={query} rowKey={(row) => String(row.id)} empty={null} />
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
    trpc.user.createGroup.mutationOptions({ onSuccess: (_made, input) => done(`Group ${input.name} added`) }),
  );
  function submit() {
    const parsed = CreateGroup.safeParse({ name: name.trim() });
    setError(parsed.success ? undefined : parsed.error.issues[0]?.message);
    if (parsed.success) create.mutate(parsed.data);
  }
  return (
    <FormDialog
      title="Add a group"
      submitLabel="Add group"
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label="Name" help="Put users into it on the Users tab." error={error} isRequired>
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
    trpc.user.deleteGroup.mutationOptions({ onSuccess: () => done(`Group ${group.name} deleted`) }),
  );
  const reason =
    group.id <= 1
      ? "This group always exists."
      : group.members.length > 0
        ? "It has members. Move them to other groups first."
        : group.owned > 0
          ? `${group.owned} objects belong to it. Give them to another group first.`
          : null;
  return (
    <>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label={`Delete group ${group.name}`}
        disabledReason={reason ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete group ${group.name}?`}
        consequences={["The group and its quotas are gone; its number is not used again."]}
        confirmLabel="Delete group"
        onConfirm={() => remove.mutate({ groupId: group.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
