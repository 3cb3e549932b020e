package watch

import "github.com/layerfleet/layerfleet/internal/fleet"

// permanent reports whether trying again cannot help as long as nobody changes the function, the layer or the rights.
func permanent(c fleet.Code) bool {
	switch c {
	case fleet.ContainerImage, fleet.LayerMissing, fleet.LayerNotShared, fleet.OtherLayerMissing, fleet.OtherLayerNotShared,
		fleet.NewAndOldPresent, fleet.TooLarge, fleet.ContentDiffers, fleet.FunctionGone, fleet.AccessDenied, fleet.PublishedVersion,
		fleet.ArchitectureMismatch, fleet.RuntimeMismatch, fleet.UpdateFailed:
		return true
	}
	return false
}
