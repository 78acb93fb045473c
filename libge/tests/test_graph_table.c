// SPDX-License-Identifier: MIT
/*
 * Documentation/operators.rst says what the registry has. To write the table anew:
 * test_graph_table --print > Documentation/operators.rst
 */
#include "tap.h"
#include "graph/registry.h"

#define TABLE	"../../Documentation/operators.rst"

static void rule(FILE *out, char c, const int *widths, int n)
{
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < widths[i]; k++)
			putc(c, out);
		fputs(i < n - 1 ? " " : "\n", out);
	}
}

static int by_type(const void *a, const void *b)
{
	return strcmp((*(const struct ge_op_def *const *)a)->type,
		      (*(const struct ge_op_def *const *)b)->type);
}

static const int widths[] = { 22, 6, 64 };

static void print_family(FILE *out, bool onnx)
{
	const struct ge_op_def *list[512], *def;
	size_t n = 0;

	for (size_t i = 0; (def = ge_op_list(i)) && n < 512; i++)
		if (!strncmp(def->type, "onnx::", 6) == onnx)
			list[n++] = def;
	qsort(list, n, sizeof(*list), by_type);
	rule(out, '=', widths, 3);
	fprintf(out, "%-*s %-*s %s\n", widths[0], "operator", widths[1], "opsets", "types");
	rule(out, '=', widths, 3);
	for (size_t i = 0; i < n; i++) {
		char opsets[16] = "\\-";

		if (onnx)
			snprintf(opsets, sizeof(opsets), "%d-%d", list[i]->since, GE_MAX_OPSET);
		fprintf(out, "%-*s %-*s %s\n", widths[0], list[i]->type + (onnx ? 6 : 0), widths[1],
			opsets, list[i]->types);
	}
	rule(out, '=', widths, 3);
}

static void print_table(FILE *out)
{
	/* In two parts: this is the tag of the table, not of this file. */
	fputs(".. SPDX-License-", out);
	fputs("Identifier: MIT\n\n"
	      "=========\n"
	      "Operators\n"
	      "=========\n\n"
	      "What libge compiles. The table is made from its registry\n"
	      "(``libge/tests/test_graph_table --print``), and a test compares the two. Types are\n"
	      "those of the main input; indices and lists of axes or sizes are int32 or int64, "
	      "and have\n"
	      "to be known when a graph is compiled, except indices; inputs of the graph that\n"
	      "decide about them are compiled in.\n\n"
	      "GE\n"
	      "==\n\n"
	      "With the prototypes of CANN; see ``libge/include/graph/``.\n\n", out);
	print_family(out, false);
	fputs("\nONNX\n"
	      "====\n\n"
	      "In graphs they are called ``onnx::`` and the name; the attribute ``opset`` says "
	      "whose\n"
	      "version of the operator is meant. Importing an ONNX file sets it.\n\n", out);
	print_family(out, true);
}

TEST(documentation_lists_the_registry)
{
	char expected[65536], found[65536];
	FILE *file = fopen(TABLE, "r"), *memory;
	size_t n, m;

	CHECK(file);
	n = fread(found, 1, sizeof(found), file);
	fclose(file);
	memory = fmemopen(expected, sizeof(expected), "w");
	print_table(memory);
	m = (size_t)ftell(memory);
	fclose(memory);
	EXPECT_EQ(n, m);
	EXPECT(n == m && !memcmp(expected, found, n));
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--print")) {
		print_table(stdout);
		return 0;
	}
	return tap_main(argc, argv);
}
