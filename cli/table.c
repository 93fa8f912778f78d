#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "cell.h"
#include "csv.h"

#define MOST_COLUMNS 1000 /* that are kept if the terminal has no width */
#define MOST_CELL    8192 /* bytes of a cell that are kept: more than any terminal shows */
#define LEAST_CELL   8    /* columns of the terminal to which wide cells are cut before others go */
#define GAP          2    /* between cells */

struct row {
    struct cell *cells; /* owned */
    size_t count;
};

/* rows: the first ones, and then a ring of the last ones. */
struct table {
    struct table_room room;
    FILE *csv;
    char *field; /* MOST_CELL bytes */
    size_t kept; /* columns that are kept of each row */
    size_t columns;
    size_t count; /* rows that were read */
    struct row header, *rows;
    size_t *widths; /* of the columns that are kept */
    size_t shown;   /* columns that are shown */
    bool is_cut;    /* cells are */
};

static void row_finish(struct row *row)
{
    for (size_t i = 0; i < row->count; i++)
        cell_finish(&row->cells[i]);
    free(row->cells);
    *row = (struct row){0};
}

static size_t first_rows(const struct table *table)
{
    return (table->room.rows + 1) / 2;
}

/* Where a row stands in rows. */
static size_t place_of(const struct table *table, size_t number)
{
    size_t first = first_rows(table);
    return number < first ? number : first + (number - first) % (table->room.rows - first);
}

/* Reads one row. *fields: how many it has; 0 at the end. False if memory runs out. */
static bool read_row(struct table *table, struct row *row, size_t *fields)
{
    enum csv_end end = CSV_FIELD;
    size_t length;
    *fields = 0;
    row->cells = calloc(table->kept, sizeof(*row->cells));
    if (!row->cells)
        return false;
    while (end == CSV_FIELD) {
        end = csv_read(table->csv, table->field, MOST_CELL, &length);
        if (end == CSV_NONE && *fields == 0)
            break;
        if (++*fields <= table->kept && !cell_init(&row->cells[row->count++], table->field))
            return false;
    }
    return true;
}

static bool read_header(struct table *table)
{
    if (!read_row(table, &table->header, &table->columns))
        return false;
    if (table->columns < table->kept)
        table->kept = table->columns;
    return true;
}

static bool read_rows(struct table *table)
{
    size_t fields = table->columns;
    while (fields > 0) {
        struct row row = {0};
        bool read = read_row(table, &row, &fields);
        if (!read || fields == 0) {
            row_finish(&row);
            return read;
        }
        struct row *place = &table->rows[place_of(table, table->count++)];
        row_finish(place);
        *place = row;
    }
    return true;
}

static size_t rows_kept(const struct table *table)
{
    return table->count < table->room.rows ? table->count : table->room.rows;
}

static void widen(struct table *table, const struct row *row)
{
    for (size_t i = 0; i < row->count && i < table->kept; i++) {
        if (row->cells[i].width > table->widths[i])
            table->widths[i] = row->cells[i].width;
    }
}

/* The columns of the terminal that the first `shown` columns take if none is wider than `most`. */
static size_t total_width(const struct table *table, size_t shown, size_t most)
{
    size_t total = shown < table->columns ? 1 : 0; /* the … */
    for (size_t i = 0; i < shown; i++)
        total += (table->widths[i] < most ? table->widths[i] : most) + (i > 0 ? GAP : 0);
    return total + (shown < table->columns ? GAP : 0);
}

static size_t widest(const struct table *table)
{
    size_t most = 0;
    for (size_t i = 0; i < table->shown; i++)
        most = table->widths[i] > most ? table->widths[i] : most;
    return most;
}

/* Decides how many columns are shown, and how wide each is. */
static void fit(struct table *table)
{
    size_t width = table->room.width;
    widen(table, &table->header);
    for (size_t i = 0; i < rows_kept(table); i++)
        widen(table, &table->rows[i]);
    table->shown = table->kept;
    if (width == 0)
        return;
    while (table->shown > 1 && total_width(table, table->shown, LEAST_CELL) > width)
        table->shown--;
    size_t most = widest(table);
    while (most > 1 && total_width(table, table->shown, most) > width)
        most--;
    for (size_t i = 0; i < table->shown; i++) {
        table->is_cut = table->is_cut || table->widths[i] > most;
        table->widths[i] = table->widths[i] < most ? table->widths[i] : most;
    }
}

static void write_row(const struct table *table, const struct row *row, FILE *out)
{
    size_t pending = 0;
    for (size_t i = 0; i < row->count && i < table->shown; i++) {
        pending += i > 0 ? GAP : 0;
        cell_write(&row->cells[i], out, table->widths[i], &pending);
    }
    if (table->shown < table->columns)
        fprintf(out, "%*s…", (int)(pending + GAP), "");
    putc('\n', out);
}

static void write_all(const struct table *table, FILE *out)
{
    bool is_long = table->count > table->room.rows;
    size_t first = first_rows(table), number = 0;
    write_row(table, &table->header, out);
    for (; number < table->count; number++) {
        if (is_long && number == first) {
            fputs("…\n", out);
            number = table->count - (table->room.rows - first);
        }
        write_row(table, &table->rows[place_of(table, number)], out);
    }
    if (is_long || table->is_cut || table->shown < table->columns)
        fprintf(out, "(%zu row%s, %zu column%s; -o FILE writes all of it)\n", table->count,
                table->count == 1 ? "" : "s", table->columns, table->columns == 1 ? "" : "s");
}

static bool read_and_write(struct table *table, FILE *out)
{
    if (!table->field || !table->rows || !read_header(table) || !read_rows(table))
        return false;
    if (table->columns == 0)
        return true;
    table->widths = calloc(table->kept, sizeof(*table->widths));
    if (!table->widths)
        return false;
    fit(table);
    write_all(table, out);
    return true;
}

bool table_write(FILE *csv, FILE *out, struct table_room room)
{
    struct table table = {
        .room = room,
        .csv = csv,
        .field = malloc(MOST_CELL),
        .kept = room.width > 0 ? room.width / (GAP + 1) + 2 : MOST_COLUMNS,
        .rows = calloc(room.rows, sizeof(*table.rows)),
    };
    bool written = read_and_write(&table, out);
    for (size_t i = 0; table.rows && i < room.rows; i++)
        row_finish(&table.rows[i]);
    row_finish(&table.header);
    free(table.rows);
    free(table.widths);
    free(table.field);
    return written && !ferror(csv) && !ferror(out);
}
