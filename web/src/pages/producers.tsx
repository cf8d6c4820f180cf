// Which pillar an address makes momentums for.

import { useCall } from "../data";
import type { Paged, Pillar } from "../rpc/types";
import { PillarLink } from "../view/basics";

const PILLARS_MAX = 1024;

/** All pillars, asked for once. */
export function usePillars(): Pillar[] {
  return useCall<Paged<Pillar>>("embedded.pillar.getAll", [0, PILLARS_MAX], "once").data?.list ?? [];
}

/** The link to the pillar that an address makes momentums for, if it does so now. */
export function producerOf(pillars: readonly Pillar[], address: string) {
  const pillar = pillars.find((known) => known.producerAddress === address);
  return pillar === undefined ? null : <PillarLink name={pillar.name} />;
}
