// Reads a bar code with the camera, where the browser can (BarcodeDetector, WICG Shape Detection).
import { Button } from '@patternfly/react-core'
import { useEffect, useRef, useState } from 'react'
import { t } from '../words/index.ts'

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>
}

const detectorClass = (globalThis as { BarcodeDetector?: new () => Detector }).BarcodeDetector

const LOOK_MS = 250

export function Scanner({ onFound }: { readonly onFound: (text: string) => void }) {
  const [isOn, setOn] = useState(false)
  if (detectorClass === undefined || navigator.mediaDevices === undefined) return <p className="pl-dim">{t.rack.noCamera}</p>
  return isOn ? (
    <Camera
      onFound={(text) => {
        setOn(false)
        onFound(text)
      }}
      onClose={() => setOn(false)}
    />
  ) : (
    <Button variant="secondary" isBlock onClick={() => setOn(true)} className="pl-gap">
      {t.rack.scan}
    </Button>
  )
}

function Camera({ onFound, onClose }: { readonly onFound: (text: string) => void; readonly onClose: () => void }) {
  const video = useRef<HTMLVideoElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the camera is opened once
  useEffect(() => {
    const detector = new detectorClass!()
    let stream: MediaStream | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const stop = () => {
      for (const track of stream?.getTracks() ?? []) track.stop()
    }
    const look = async () => {
      const [code] = await detector.detect(video.current!).catch(() => [])
      if (isOver) return
      if (code === undefined) timer = setTimeout(() => void look(), LOOK_MS)
      else onFound(code.rawValue)
    }
    void (async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
        if (isOver || video.current === null) return stop()
        video.current.srcObject = stream
        await video.current.play()
        await look()
      } catch {
        onClose()
      }
    })()
    return () => {
      isOver = true
      clearTimeout(timer)
      stop()
    }
  }, [])
  return <video ref={video} className="pl-camera pl-gap" muted playsInline />
}
