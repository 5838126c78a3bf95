export interface HostRow {
  id: number;
  name: string;
  /** Is it this machine, used without ssh? */
  isLocal: boolean;
}
