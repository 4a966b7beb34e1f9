/** The dark modules of a QR code, row by row, without the quiet zone around it. */
export type QrCode = readonly (readonly boolean[])[];

/** The code of a text, of the lowest level of error correction: what is on a screen is not damaged, and smaller is better. */
export async function encodeQr(text: string): Promise<QrCode> {
  // A start without a code should not pay for it.
  const { encode } = await import("uqr");
  return encode(text, { ecc: "L", border: 0 }).data;
}
