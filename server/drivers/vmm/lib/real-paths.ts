import { escapeText } from "../../../domain/libvirt/markup";

/**
 * Domain XML of ours with file names replaced: `<vm_dir>/disk.<n>` may be a link, and QEMU resolves the relative name of a
 * backing file against the name it is given. Names are compared and written in their escaped form.
 */
export function withRealPaths(xml: string, real: ReadonlyMap<string, string>): string {
  return xml.replaceAll(/(<source file=')([^']*)(')/g, (whole, before: string, name: string, after: string) => {
    const found = [...real].find(([file]) => escapeText(file) === name);
    return found === undefined ? whole : `${before}${escapeText(found[1])}${after}`;
  });
}
