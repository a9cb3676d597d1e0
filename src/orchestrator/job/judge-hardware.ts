// What measures of hardware mean: a verdict and its reasons for each item. Pure.
import type {
  CheckedItem,
  CheckItem,
  CheckThresholds,
  CheckVerdict,
  DiskMeasures,
  Measures,
  MemoryMeasures,
  NetworkMeasures,
  ProcessorMeasures,
} from '../../contract/hardware.ts'
import type { Inventory } from '../../contract/inventory.ts'

const MIN_MEMORY_PERCENT = 10
const MIN_KEPT_SPEED_PERCENT = 60
/** What an NVMe drive or SSD calls the end of its life. */
const USED_UP_PERCENT = 100

interface Judged {
  readonly verdict: CheckVerdict
  readonly words: readonly string[]
}

export function judgeHardware(measures: readonly Measures[], thresholds: CheckThresholds = {}): CheckedItem[] {
  return measures.map((each) => {
    const { verdict, words } = judge(each, thresholds)
    const name = each.item === 'disk' ? { name: [each.devicePath, each.serial].filter(Boolean).join(' ') } : {}
    return { item: each.item, ...name, verdict, words: words.join('; ').slice(0, 1000), measures: each }
  })
}

/** Of those that were tested. */
export function worstOf(items: readonly Pick<CheckedItem, 'verdict'>[]): CheckVerdict {
  const order: readonly CheckVerdict[] = ['bad', 'worn', 'good']
  return order.find((verdict) => items.some((item) => item.verdict === verdict)) ?? 'not-tested'
}

/** What was asked for and not measured: each item, and each disk that the machine keeps. */
export function unmeasured(
  asked: readonly CheckItem[],
  measures: readonly Measures[],
  { disks }: Pick<Inventory, 'disks'>,
): string[] {
  const items = asked.filter((item) => item !== 'disk' && !measures.some((each) => each.item === item))
  const own = asked.includes('disk') ? disks.filter(({ isRemovable }) => !isRemovable) : []
  const lacking = own.filter((disk) => !measures.some((each) => each.item === 'disk' && each.devicePath === disk.devicePath))
  return [...items, ...lacking.map(({ devicePath }) => devicePath)]
}

function judge(measures: Measures, thresholds: CheckThresholds): Judged {
  switch (measures.item) {
    case 'memory':
      return judgeMemory(measures, thresholds)
    case 'processor':
      return judgeProcessor(measures)
    case 'disk':
      return judgeDisk(measures, thresholds)
    case 'network':
      return judgeNetwork(measures, thresholds)
  }
}

function judgeMemory({ totalBytes, testedBytes, patterns, wrongBlocks }: MemoryMeasures, thresholds: CheckThresholds): Judged {
  const percent = totalBytes === 0 ? 0 : (100 * testedBytes) / totalBytes
  const words = `${percent.toFixed(0)} % of ${mebibytes(totalBytes)} tested with ${patterns} patterns`
  if (wrongBlocks > 0) return { verdict: 'bad', words: [`${wrongBlocks} blocks did not hold what was written to them`, words] }
  const least = thresholds.minMemoryPercent ?? MIN_MEMORY_PERCENT
  if (patterns === 0 || percent < least) return { verdict: 'not-tested', words: [`less than ${least} % could be tested`, words] }
  return { verdict: 'good', words: [words] }
}

function judgeProcessor({ cores, rounds, wrongRounds, keptSpeedPercent }: ProcessorMeasures): Judged {
  const words = `${rounds} rounds on ${cores} cores`
  if (wrongRounds > 0) return { verdict: 'bad', words: [`${wrongRounds} rounds had a wrong result`, words] }
  if (rounds === 0) return { verdict: 'not-tested', words: [words] }
  if (keptSpeedPercent !== undefined && keptSpeedPercent < MIN_KEPT_SPEED_PERCENT)
    return { verdict: 'worn', words: [`it fell to ${keptSpeedPercent.toFixed(0)} % of its speed: look at its cooling`, words] }
  return { verdict: 'good', words: [words] }
}

function judgeDisk(measures: DiskMeasures, thresholds: CheckThresholds): Judged {
  const { smart, readBytes, readSeconds, badReads, badOffsets, isWhole, sizeBytes } = measures
  const { passed, warning = 0, badSectors = 0, usedPercent = 0, celsius } = smart ?? {}
  const { maxBadSectors, maxUsedPercent, maxCelsius, minDiskReadBytesPerSecond: least = 0 } = thresholds
  const rate = readSeconds === 0 ? 0 : readBytes / readSeconds
  const bad = [
    ...(passed === false ? ['it says of itself that it fails'] : []),
    ...(warning > 0 ? [`it warns (0x${warning.toString(16)})`] : []),
    ...(badReads > 0 ? [`${badReads} places cannot be read, the first at byte ${badOffsets[0]}`] : []),
    ...(maxBadSectors !== undefined && badSectors > maxBadSectors
      ? [`${badSectors} bad sectors, ${maxBadSectors} are allowed`]
      : []),
    ...(maxUsedPercent !== undefined && usedPercent > maxUsedPercent
      ? [`${usedPercent} % of its life are used, ${maxUsedPercent} % are allowed`]
      : []),
    ...(maxCelsius !== undefined && celsius !== undefined && celsius > maxCelsius
      ? [`it has ${celsius} °C, ${maxCelsius} °C are allowed`]
      : []),
    ...(readBytes > 0 && rate < least ? [`it reads ${perSecond(rate)}, ${perSecond(least)} are asked for`] : []),
  ]
  const worn = [
    ...(badSectors > 0 ? [`${badSectors} bad sectors`] : []),
    ...(usedPercent > USED_UP_PERCENT ? [`${usedPercent} % of its life are used`] : []),
  ]
  const words = [
    smart === undefined ? 'it says nothing of itself (SMART)' : 'SMART read',
    `${isWhole ? 'all' : `${mebibytes(readBytes)} of ${mebibytes(sizeBytes)}`} read at ${perSecond(rate)}`,
  ]
  if (bad.length > 0) return { verdict: 'bad', words: [...bad, ...words] }
  if (worn.length > 0) return { verdict: 'worn', words: [...worn, ...words] }
  return { verdict: readBytes > 0 ? 'good' : 'not-tested', words }
}

function judgeNetwork(measures: NetworkMeasures, thresholds: CheckThresholds): Judged {
  const down = measures.downSeconds === 0 ? 0 : measures.downBytes / measures.downSeconds
  const up = measures.upSeconds === 0 ? 0 : measures.upBytes / measures.upSeconds
  const { minDownBytesPerSecond: leastDown = 0, minUpBytesPerSecond: leastUp = 0 } = thresholds
  const words = `${perSecond(down)} from the appliance, ${perSecond(up)} to it`
  const bad = [
    ...(measures.isDamaged ? ['bytes arrived other than they were sent'] : []),
    ...(down < leastDown ? [`slower from the appliance than ${perSecond(leastDown)}`] : []),
    ...(up < leastUp ? [`slower to the appliance than ${perSecond(leastUp)}`] : []),
  ]
  if (bad.length > 0) return { verdict: 'bad', words: [...bad, words] }
  return { verdict: measures.downBytes > 0 && measures.upBytes > 0 ? 'good' : 'not-tested', words: [words] }
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`
const perSecond = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB/s`
