/* Makes pngsuite.txt, the decoded pixels of PngSuite according to libpng, as a check on a decoder that shares nothing with it.
 *
 *   cc pngsuite.c -o pngsuite -lpng
 *   for f in FOLDER/[!x]*.png; do printf '%s ' "$(basename $f)"; ./pngsuite $f; done > pngsuite.txt
 *
 * For each image: width, height, channels, and the SHA-256 of its 8-bit pixels, rows from the top, alpha last.
 * 16-bit samples are rounded (png_set_scale_16), tRNS becomes alpha, no gamma is applied. Made with libpng 1.6.39. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    if (!file || setjmp(png_jmpbuf(png)))
        return 1;

    png_init_io(png, file);
    png_read_info(png, info);
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info), row = png_get_rowbytes(png, info);
    png_bytep pixels = malloc(row * height);
    png_bytepp rows = malloc(height * sizeof *rows);
    for (size_t y = 0; y < height; y++)
        rows[y] = pixels + y * row;
    png_read_image(png, rows);
    png_read_end(png, NULL);

    printf("%zu %zu %d ", width, height, png_get_channels(png, info));
    fflush(stdout);
    FILE *hash = popen("sha256sum | cut -d' ' -f1", "w");
    fwrite(pixels, 1, row * height, hash);
    return pclose(hash);
}
