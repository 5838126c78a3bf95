/**
 * A boot sector that says "STRATA" on the first serial port and on the screen, then halts: 16-bit code at 0x7c00.
 *
 * xor ax,ax; mov ds,ax; mov si,0x7c20; cld; next: lodsb; test al,al; jz end; mov dx,0x3f8; out dx,al; mov ah,0x0e;
 * int 0x10; jmp next; end: cli; hlt; jmp end
 */
const CODE = "31c08ed8be207cfcac84c0740abaf803eeb40ecd10ebf1faf4ebfc";
const TEXT_AT = 0x20;

/** The first sector of a disk that boots. Bytes. */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  sector.set(Buffer.from(CODE, "hex"));
  sector.write("STRATA", TEXT_AT, "latin1");
  sector.set([0x55, 0xaa], 510);
  return sector;
}
