package resource

import (
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// schedule is AWS::Scheduler::Schedule.
type schedule struct {
	Description                *string
	EndDate                    *time.Time
	FlexibleTimeWindow         *types.FlexibleTimeWindow `property:"required"`
	GroupName                  *string
	Name                       *string
	ScheduleExpression         *string `property:"required"`
	ScheduleExpressionTimezone *string
	StartDate                  *time.Time
	State                      types.ScheduleState
	Target                     *types.Target `property:"required"`
}

const maxScheduleName = 64

func (p *schedule) input(name string) *scheduler.CreateScheduleInput {
	return &scheduler.CreateScheduleInput{
		Name: &name, Description: p.Description, EndDate: p.EndDate, FlexibleTimeWindow: p.FlexibleTimeWindow,
		GroupName: p.GroupName, ScheduleExpression: p.ScheduleExpression, StartDate: p.StartDate, State: p.State,
		ScheduleExpressionTimezone: p.ScheduleExpressionTimezone, Target: p.Target,
	}
}

func schedulerTypes() []*Type {
	return []*Type{define("AWS::Scheduler::Schedule", spec[schedule]{
		attributes: []string{"Arn"}, nameKey: "Name",
		replaces: func(old, next *schedule) bool { return !reflect.DeepEqual(old.Name, next.Name) },
		create: func(s *Step, p *schedule) (Made, error) {
			name := s.named(p.Name, maxScheduleName)
			out, err := do[scheduler.CreateScheduleOutput](s, p.input(name))
			if err != nil {
				return Made{}, err
			}
			return Made{ID: name, Ref: name, Attributes: map[string]any{"Arn": aws.ToString(out.ScheduleArn)}}, nil
		},
		update: func(s *Step, m Made, _, p *schedule) (Made, error) {
			in := scheduler.UpdateScheduleInput(*p.input(m.ID)) // the two have the same members
			return m, does[scheduler.UpdateScheduleOutput](s, &in)
		},
		remove: func(s *Step, m Made, p *schedule) error {
			return does[scheduler.DeleteScheduleOutput](s, &scheduler.DeleteScheduleInput{Name: &m.ID, GroupName: p.GroupName})
		},
	})}
}
