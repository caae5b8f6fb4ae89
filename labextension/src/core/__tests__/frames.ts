import type { Json } from '../../wire';

export interface IFrame {
  seq: number;
  data: Json;
}
