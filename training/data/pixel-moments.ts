/** Mean and deviation of pixels, exactly and in any order: from the counts of their 256 values. */
export class PixelMoments {
  private readonly counts = new Float64Array(256);

  add(pixels: Uint8Array): void {
    const { counts } = this;
    for (const pixel of pixels) counts[pixel] = (counts[pixel] ?? 0) + 1;
  }

  /** Of the pixels divided by 255; a deviation of zero, which nothing can be divided by, is given as one. */
  result(): { readonly mean: number; readonly deviation: number } {
    let count = 0;
    let sum = 0;
    let squares = 0;
    this.counts.forEach((times, pixel) => {
      count += times;
      sum += times * pixel;
      squares += times * pixel * pixel;
    });
    if (count === 0) return { mean: 0, deviation: 1 };
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    return { mean: mean / 255, deviation: deviation === 0 ? 1 : deviation / 255 };
  }
}
