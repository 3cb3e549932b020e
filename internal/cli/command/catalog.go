package command

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/layerfleet/layerfleet/internal/catalog"
	"github.com/layerfleet/layerfleet/internal/hint"
)

// CatalogFlag gives a command --catalog, the path of the catalog.
func CatalogFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "catalog", catalog.FileName, "the catalog")
}

// LoadCatalog reads the catalog of --catalog.
func LoadCatalog(path string) (*catalog.Catalog, error) {
	c, err := catalog.Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = hint.With(err, "--catalog says where the catalog is; `layerfleet publish` and `layerfleet catalog import` write one")
	}
	return c, err
}
