"use client";

import { t } from "../i18n/t";
import { Dialog } from "../ui/dialog";
import { Kbd } from "../ui/kbd";
import { Switch } from "../ui/switch";
import { CONTROL_KEYS, KEY_MAP } from "./keys";
import { useSingleKeys } from "./use-global-keys";

/** Every key, and the switch for those that work without Ctrl. */
export function KeyList() {
  const [hasSingleKeys, setHasSingleKeys] = useSingleKeys();
  return (
    <>
      <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-6 gap-y-2">
        {[...KEY_MAP, ...CONTROL_KEYS].map(({ keys, text }) => (
          <div key={text} className="contents">
            <dt className="flex gap-1">
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <div className="mt-4">
        <Switch
          checked={hasSingleKeys}
          onCheckedChange={setHasSingleKeys}
          label={t("Keys without Ctrl")}
          help={t("Switch them off when dictation or a screen reader presses them by accident.")}
        />
      </div>
    </>
  );
}

/** The list as a dialog, behind `?`. */
export function KeyListDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog isOpen onOpenChange={onClose} title={t("Keys")}>
      <KeyList />
    </Dialog>
  );
}
