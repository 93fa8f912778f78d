#include "setting_text.h"

#include <string.h>

/* Prints a text without Markdown's backquotes. */
static void print_plain(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text != '`')
            fputc(*text, out);
    }
}

static void print_standard(FILE *out, const struct setting *setting)
{
    fputs("default: ", out);
    print_plain(out, setting->standard ? setting->standard : setting->unset);
}

void setting_print_help(FILE *out, const struct setting *table, const char *prefix)
{
    char allowed[SETTING_ALLOWED];
    for (; table->name; table++) {
        fprintf(out, "  %s%s (", prefix, table->name);
        print_standard(out, table);
        fputs(")\n      ", out);
        print_plain(out, table->help);
        fprintf(out, "\n      %s\n", setting_allowed(allowed, table));
    }
}

char *setting_option_help(char *out, size_t capacity, const struct setting *setting)
{
    char allowed[SETTING_ALLOWED];
    FILE *line = fmemopen(out, capacity, "w");
    out[0] = '\0';
    if (!line)
        return out;
    print_plain(line, setting->help);
    fprintf(line, " (%s; ", setting_allowed(allowed, setting));
    print_standard(line, setting);
    fputc(')', line);
    fclose(line);
    return out;
}

void setting_print_head(FILE *out, bool with_options)
{
    fprintf(out, "| variable | default | allowed | meaning |%s\n", with_options ? " option |" : "");
    fprintf(out, "|---|---|---|---|%s\n", with_options ? "---|" : "");
}

static void print_row(FILE *out, const struct setting *setting, const char *prefix)
{
    char allowed[SETTING_ALLOWED];
    const char *quote = setting->standard ? "`" : "";
    fprintf(out, "| `%s%s` | %s%s%s | %s | %s%s%s |", prefix, setting->name, quote,
            setting->standard ? setting->standard : setting->unset, quote,
            setting_allowed(allowed, setting), setting->help, setting->more ? ". " : "",
            setting->more ? setting->more : "");
}

void setting_print_rows(FILE *out, const struct setting *table, const char *prefix,
                        bool with_options)
{
    for (; table->name; table++) {
        print_row(out, table, prefix);
        if (with_options && table->option)
            fprintf(out, " `%s` |", table->option);
        else if (with_options)
            fputs(" none |", out);
        fputc('\n', out);
    }
}
