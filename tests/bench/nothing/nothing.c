/* nothing.c - the small static program that fork-exec and shell run: it ends, successfully. */
int main(void)
{
	return 0;
}
