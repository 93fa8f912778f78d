/* The router's environment, one NAME=value per line. Tokens must never reach the error line. */
#include <stdint.h>
#include <stdlib.h>

#include "headers.h"
#include "settings.h"
#include "slice.h"
#include "tokens.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *environment[33], *rest = text;
    size_t count = 0;
    memcpy(text, data, size);
    text[size] = '\0';
    while (count < 32 && (environment[count] = strsep(&rest, "\n")) != NULL)
        count++;
    environment[count] = NULL;

    char error[512];
    struct settings settings;
    settings_read(&settings, environment, (struct setting_error){error, sizeof(error)});
    settings_finish(&settings);
    header_goes_to_engine(text, text);
    struct tokens tokens = {0};
    tokens_add(&tokens, "token");
    tokens_allow(&tokens, slice_of(text));
    tokens_free(&tokens);
    free(text);
    return 0;
}
