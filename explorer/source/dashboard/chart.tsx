import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import type { Point } from "./data";
import { clock } from "./words";

export interface Line {
  label: string;
  of: (point: Point) => number | null;
  colour: string; // the name of a custom property
  fill?: boolean;
}

interface ChartProps {
  title: string;
  points: Point[];
  lines: Line[];
  write: (value: number) => string;
  most?: number;
}

const HEIGHT = 168;

function colours(names: string[]): string[] {
  const style = getComputedStyle(document.body);
  return names.map((name) => style.getPropertyValue(name).trim());
}

/** Tell when the system changes between light and dark: a canvas does not follow by itself. */
function useScheme(): boolean {
  const [dark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setDark(system.matches);
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
  return dark;
}

/** Lines over the last quarter of an hour; the legend shows the values under the pointer, or the latest. */
export function Chart({ title, points, lines, write, most }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [under, setUnder] = useState<number | null>(null);
  const dark = useScheme();
  const data = [points.map(({ at }) => at / 1000), ...lines.map(({ of }) => points.map(of))] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const [ink = "", grid = ""] = colours(["--ink-soft", "--line"]);
    const strokes = colours(lines.map(({ colour }) => colour));
    const axis = { stroke: ink, font: '11px "Inter", sans-serif', grid: { stroke: grid, width: 1 }, ticks: { show: false } };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false } },
        padding: [10, 10, 0, 0],
        scales: { y: { range: (_, __, max) => [0, most ?? Math.max(max * 1.15, 0.001)] } },
        axes: [
          { ...axis, size: 26, space: 84, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => clock(tick * 1000)) },
          { ...axis, size: 62, space: 34, values: (_, ticks) => ticks.map(write) },
        ],
        series: [
          {},
          ...lines.map(({ label, fill }, index) => ({
            label,
            stroke: strokes[index],
            width: 2,
            points: { show: false },
            ...(fill ? { fill: `${strokes[index]}26` } : {}),
          })),
        ],
        hooks: { setCursor: [(self) => setUnder(self.cursor.idx ?? null)] },
      },
      latest.current,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
    // A chart is made anew for another scheme only: lines and words are the same for the page's life.
  }, [dark]);

  useEffect(() => plot.current?.setData(latest.current), [points]);

  const shown = points[under ?? points.length - 1];
  return (
    <figure className="card chart">
      <figcaption>
        <h2>{title}</h2>
        <ul className="legend">
          {lines.map(({ label, of, colour }) => {
            const value = shown === undefined ? null : of(shown);
            return (
              <li key={label} style={{ "--colour": `var(${colour})` } as React.CSSProperties}>
                {label} <strong>{value === null ? "–" : write(value)}</strong>
              </li>
            );
          })}
        </ul>
      </figcaption>
      <div ref={place} className="plot" aria-hidden="true" />
    </figure>
  );
}
