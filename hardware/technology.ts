import type { Precision } from './accelerator.js';

/** What the parts of an accelerator cost in energy and area. A caller may replace any figure by its own. */
export interface Technology {
  /** Cycles a second; turns cycles into seconds and changes nothing else. */
  readonly clockHertz: number;
  readonly arithmetic: Readonly<Record<Precision, Arithmetic>>;
  /** Energy of reading or writing 64 bits of a scratchpad of 8 KiB, in pJ; grows with the square root of its size. */
  readonly scratchpadPicojoules: number;
  /** Energy of moving 64 bits from or to DRAM, in pJ. */
  readonly dramPicojoules: number;
  /** Energy of registers and of passing words on in the array, in multiply-accumulates for each one done. */
  readonly registerRatio: number;
  /** Area of a bit of register, in µm². */
  readonly registerBitSquareMicrometres: number;
  /** Area of a bit of scratchpad, in µm². */
  readonly scratchpadBitSquareMicrometres: number;
}

/** A multiply-accumulate unit. */
export interface Arithmetic {
  readonly wordBits: number;
  readonly accumulatorBits: number;
  readonly multiplyAccumulatePicojoules: number;
  readonly multiplyAccumulateSquareMicrometres: number;
}

/**
 * Round figures for 45 nm: arithmetic, scratchpads and DRAM after Horowitz (ISSCC 2014), the ratio of register traffic
 * and the clock after Eyeriss (Chen et al., ISCA 2016). They rank designs; they do not size a chip.
 */
export const technology45nm: Technology = {
  clockHertz: 200e6,
  arithmetic: {
    int8: {
      wordBits: 8,
      accumulatorBits: 32,
      multiplyAccumulatePicojoules: 0.3,
      multiplyAccumulateSquareMicrometres: 282 + 137,
    },
    fp16: {
      wordBits: 16,
      accumulatorBits: 16,
      multiplyAccumulatePicojoules: 1.5,
      multiplyAccumulateSquareMicrometres: 1640 + 1360,
    },
    fp32: {
      wordBits: 32,
      accumulatorBits: 32,
      multiplyAccumulatePicojoules: 4.6,
      multiplyAccumulateSquareMicrometres: 7700 + 4184,
    },
  },
  scratchpadPicojoules: 10,
  dramPicojoules: 1300,
  registerRatio: 2,
  registerBitSquareMicrometres: 6,
  scratchpadBitSquareMicrometres: 0.6,
};
