"""Convolution with a long impulse response by FFT, in blocks: the one engine behind rooms, echoes and equalisers."""

from __future__ import annotations

import numpy as np

from mediaserver.demo.signal import Stereo

_SMALLEST = 1 << 15


def convolve(sound: Stereo, impulse: Stereo, into: Stereo) -> None:
    """Add `sound` convolved with `impulse` to `into`, channel by channel; what rings past the end is cut.

    Overlap-add: the working memory is one block, however long the sound. `into` may be `sound` itself only if the
    direct sound is wanted too: each block is read before anything is added to it, but rings are added to later ones,
    so the two must be different arrays.
    """
    length = impulse.shape[1]
    size = max(_SMALLEST, 1 << int(np.ceil(np.log2(2 * length))))
    step = size - length + 1
    response = np.fft.rfft(impulse, size)
    for start in range(0, sound.shape[1], step):
        block = sound[:, start : start + step]
        if block.any():
            rung = np.fft.irfft(np.fft.rfft(block, size) * response, size)
            room = into[:, start : start + size]
            room += rung[:, : room.shape[1]]
