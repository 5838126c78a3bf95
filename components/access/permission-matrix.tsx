"use client";

import { t } from "../i18n/t";
import { Checkbox } from "../ui/checkbox";
import { Table, Td, Th } from "../ui/table";

const WHO = [
  {
    get label() {
      return t("Owner");
    },
    shift: 6,
  },
  {
    get label() {
      return t("Group");
    },
    shift: 3,
  },
  {
    get label() {
      return t("Others");
    },
    shift: 0,
  },
] as const;
const RIGHTS = [
  {
    get label() {
      return t("Use");
    },
    bit: 4,
    get help() {
      return t("See it and use it");
    },
  },
  {
    get label() {
      return t("Manage");
    },
    bit: 2,
    get help() {
      return t("Change it");
    },
  },
  {
    get label() {
      return t("Admin");
    },
    bit: 1,
    get help() {
      return t("Operations that need ADMIN");
    },
  },
] as const;

/** The nine permission bits as three rows of three. */
export function PermissionMatrix(props: {
  name: string;
  bits: number;
  onChange: (bits: number) => void;
  reason: string | null;
  adminReason: string | null;
}) {
  return (
    <Table caption={t("Rights on {name}", { name: props.name })} className="max-w-xl">
      <thead>
        <tr>
          <Th>{t("Who")}</Th>
          {RIGHTS.map((right) => (
            <Th key={right.label}>
              {right.label}
              <span className="block text-xs font-normal whitespace-normal">{right.help}</span>
            </Th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WHO.map((who) => (
          <tr key={who.label}>
            <Th scope="row" className="text-base text-text">
              {who.label}
            </Th>
            {RIGHTS.map((right) => {
              const mask = right.bit << who.shift;
              return (
                <Td key={right.label}>
                  <Checkbox
                    label={`${who.label}: ${right.label}`}
                    isLabelHidden
                    checked={(props.bits & mask) !== 0}
                    onCheckedChange={(checked) => props.onChange(checked ? props.bits | mask : props.bits & ~mask)}
                    disabledReason={props.reason ?? (right.bit === 1 ? props.adminReason : null)}
                  />
                </Td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
