// The image side of an appliance as a process of its own, to be killed: its URL is its only line. One argument: the data folder.
import { imageAppliance } from './image-appliance.ts'

const appliance = await imageAppliance({ dataDir: process.argv[2]! })
console.log(await appliance.listen())
