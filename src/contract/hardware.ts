// A job of kind check: what is measured of the hardware of a machine, what it is held against, and the report. Pure: schemas and their types.
import { type Static, Type } from 'typebox'
import { NamedObject, NamedUnion } from './named.ts'
import { Instant, SizeBytes } from './values.ts'

export const CheckItem = NamedUnion('CheckItem', [
  Type.Literal('memory'),
  Type.Literal('processor'),
  Type.Literal('disk'),
  Type.Literal('network'),
])
export type CheckItem = Static<typeof CheckItem>

const seconds = (fallback: number) => Type.Integer({ minimum: 1, maximum: 7 * 86_400, default: fallback })
const rate = Type.Integer({ minimum: 0, description: 'Bytes per second.' })

/** Below, or above, the item is bad. */
export const CheckThresholds = NamedObject(
  'CheckThresholds',
  {
    minDiskReadBytesPerSecond: Type.Optional(rate),
    minDownBytesPerSecond: Type.Optional(rate),
    minUpBytesPerSecond: Type.Optional(rate),
    /** Of what an NVMe drive or SSD says that its life is used. Left out: 100. */
    maxUsedPercent: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    maxCelsius: Type.Optional(Type.Integer({ minimum: 0, maximum: 200 })),
    /** Sectors that were replaced or wait for it, media errors. Left out: 0. */
    maxBadSectors: Type.Optional(Type.Integer({ minimum: 0 })),
    /** At least this share of the memory must have been tested, else the item counts as not tested. */
    minMemoryPercent: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  { additionalProperties: false },
)
export type CheckThresholds = Static<typeof CheckThresholds>

/** What a person posts. */
export const CheckWish = NamedObject(
  'CheckWish',
  {
    /** Left out: all. */
    items: Type.Optional(Type.Array(CheckItem, { minItems: 1, uniqueItems: true })),
    memorySeconds: seconds(120),
    processorSeconds: seconds(60),
    /** For each disk; a disk that is larger than what can be read in this time is read at places all over it. */
    diskSeconds: seconds(120),
    /** Read every block of every disk, however long that takes. */
    wholeDisks: Type.Optional(Type.Boolean()),
    /** For each direction. */
    networkSeconds: seconds(10),
    thresholds: Type.Optional(CheckThresholds),
  },
  { additionalProperties: false },
)
export type CheckWish = Static<typeof CheckWish>

export const CheckStep = NamedObject('CheckStep', {
  kind: Type.Literal('check'),
  timeoutSeconds: Type.Integer({ minimum: 1 }),
  items: Type.Array(CheckItem),
  memorySeconds: Type.Integer(),
  processorSeconds: Type.Integer(),
  diskSeconds: Type.Integer(),
  wholeDisks: Type.Boolean(),
  networkSeconds: Type.Integer(),
})
export type CheckStep = Static<typeof CheckStep>

const Text = Type.String({ maxLength: 400 })

export const MemoryMeasures = Type.Object({
  item: Type.Literal('memory'),
  totalBytes: SizeBytes,
  testedBytes: SizeBytes,
  /** Of the patterns that were written, whole turns over all that was tested. */
  patterns: Type.Integer({ minimum: 0 }),
  /** Blocks that did not hold what was written to them. */
  wrongBlocks: Type.Integer({ minimum: 0 }),
})
export type MemoryMeasures = Static<typeof MemoryMeasures>

export const ProcessorMeasures = Type.Object({
  item: Type.Literal('processor'),
  cores: Type.Integer({ minimum: 0 }),
  /** Rounds of a computation with a known result. */
  rounds: Type.Integer({ minimum: 0 }),
  wrongRounds: Type.Integer({ minimum: 0 }),
  /** Of the speed in the first half of the time that was left in the second. */
  keptSpeedPercent: Type.Optional(Type.Number({ minimum: 0 })),
})
export type ProcessorMeasures = Static<typeof ProcessorMeasures>

/** What the drive says of itself (SMART); what it does not say is left out. */
export const SmartMeasures = Type.Object({
  passed: Type.Optional(Type.Boolean()),
  badSectors: Type.Optional(Type.Integer({ minimum: 0 })),
  usedPercent: Type.Optional(Type.Integer({ minimum: 0 })),
  celsius: Type.Optional(Type.Integer()),
  /** NVMe: its critical warning, any bit of which is one. */
  warning: Type.Optional(Type.Integer({ minimum: 0 })),
  powerOnHours: Type.Optional(Type.Integer({ minimum: 0 })),
})
export type SmartMeasures = Static<typeof SmartMeasures>

export const DiskMeasures = Type.Object({
  item: Type.Literal('disk'),
  devicePath: Text,
  serial: Type.Optional(Text),
  sizeBytes: SizeBytes,
  /** Left out: it says nothing of itself. */
  smart: Type.Optional(SmartMeasures),
  readBytes: SizeBytes,
  readSeconds: Type.Number({ minimum: 0 }),
  isWhole: Type.Boolean(),
  /** Places that could not be read: bytes from the beginning, the first twenty of them. */
  badOffsets: Type.Array(SizeBytes, { maxItems: 20 }),
  badReads: Type.Integer({ minimum: 0 }),
})
export type DiskMeasures = Static<typeof DiskMeasures>

export const NetworkMeasures = Type.Object({
  item: Type.Literal('network'),
  downBytes: SizeBytes,
  downSeconds: Type.Number({ minimum: 0 }),
  upBytes: SizeBytes,
  upSeconds: Type.Number({ minimum: 0 }),
  /** Bytes that arrived other than they were sent. */
  isDamaged: Type.Boolean(),
})
export type NetworkMeasures = Static<typeof NetworkMeasures>

export const Measures = Type.Union([MemoryMeasures, ProcessorMeasures, DiskMeasures, NetworkMeasures])
export type Measures = Static<typeof Measures>

/** worn: it works, and will not for ever. not-tested: nothing says either. */
export const CheckVerdict = NamedUnion('CheckVerdict', [
  Type.Literal('good'),
  Type.Literal('worn'),
  Type.Literal('bad'),
  Type.Literal('not-tested'),
])
export type CheckVerdict = Static<typeof CheckVerdict>

export const CheckedItem = NamedObject('CheckedItem', {
  item: CheckItem,
  /** Which disk: its path and serial. */
  name: Type.Optional(Text),
  verdict: CheckVerdict,
  /** In words: what was measured, and what is wrong with it. */
  words: Type.String({ maxLength: 1000 }),
  measures: Measures,
})
export type CheckedItem = Static<typeof CheckedItem>

/** What a node keeps of its last check. */
export const HardwareReport = NamedObject('HardwareReport', {
  jobId: Type.String(),
  at: Instant,
  /** The worst of its items that were tested. */
  verdict: CheckVerdict,
  items: Type.Array(CheckedItem),
})
export type HardwareReport = Static<typeof HardwareReport>
