"""Writes skimage_ssim.txt: SSIM as scikit-image 0.19 has it and MS-SSIM as pytorch-msssim 1.0 has it, both in double precision.

    pip install scikit-image pytorch-msssim && python3 skimage_ssim.py > skimage_ssim.txt

Each line: channels, height, width, SSIM, and MS-SSIM, or "none" for images that are too small for it. Its program pads odd sides
with zeros between scales, so the sides here are even on all of them; it would make its window in single precision, so it is given
one. The images are whole numbers by the formula below.
"""
import numpy as np
import torch
from pytorch_msssim import ms_ssim
from skimage.metrics import structural_similarity

SIZES = [(1, 11, 11), (1, 28, 28), (3, 32, 32), (3, 40, 57), (1, 176, 176), (3, 192, 176)]


def images(channels, height, width):
    c, i, j = np.meshgrid(np.arange(channels), np.arange(height), np.arange(width), indexing="ij")
    x = (i * j + 3 * i * c + 5 * j) % 256
    y = (3 * x + (7 * i + 13 * j + c) % 200) // 4
    return x / 255, y / 255


for channels, height, width in SIZES:
    x, y = images(channels, height, width)
    ssim = structural_similarity(
        x, y, channel_axis=0, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    scales = "none"
    if min(height, width) > 160:
        batch = [torch.from_numpy(image[None]) for image in (x, y)]
        window = torch.exp(-((torch.arange(11, dtype=torch.float64) - 5) ** 2) / (2 * 1.5**2))
        window = (window / window.sum()).repeat(channels, 1, 1, 1)
        scales = repr(ms_ssim(*batch, data_range=1, win=window).item())
    print(channels, height, width, repr(float(ssim)), scales)
